/**
 * A record of a page's frames, kept as `window.frameRecord`. To be evaluated before any script of the page, so that its
 * callback is the first of each frame.
 */
(() => {
  /** Milliseconds: from one frame to the next; and from the begin of each until the main thread is free again. */
  const record = { intervals: [], mains: [] };
  let framedAt = 0;
  let began = 0;
  // A message is delivered once the frame is done: scripts, styles, and the canvas, which is rasterised here too.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => record.mains.push(performance.now() - began);

  /** @param {number} now */
  function frame(now) {
    requestAnimationFrame(frame);
    began = performance.now();
    if (framedAt) record.intervals.push(now - framedAt);
    framedAt = now;
    port2.postMessage(0);
  }

  requestAnimationFrame(frame);
  window.frameRecord = record;
})();
