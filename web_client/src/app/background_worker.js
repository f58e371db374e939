/** A worker that posts a message once a second: browsers slow down the timers of hidden pages, but not those of workers. */

const INTERVAL = 1000;

setInterval(() => postMessage(null), INTERVAL);

export {};
