/** A worker that says once a second that a second has gone by: browsers slow down the timers of hidden pages, not its. */

const INTERVAL = 1000;

setInterval(() => postMessage(null), INTERVAL);

export {};
