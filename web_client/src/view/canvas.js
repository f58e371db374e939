/** The canvas under everything, as many device pixels as the screen has. */

/** Beyond two device pixels a CSS pixel the eye gains little and the processor loses much. */
const MOST_DENSITY = 2;

export class Canvas {
  /** @param {HTMLCanvasElement} element */
  constructor(element) {
    this.element = element;
    // All of it is painted in each frame. One that is not opaque is blended, which takes a page without a GPU 4 ms.
    const context = element.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no 2d canvas");
    this.context = context;
    this.size = { width: 1, height: 1 };
    this.density = 1;
    this.fit();
    this.listening = new AbortController();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(element);
    addEventListener("resize", () => this.fit(), { signal: this.listening.signal });
    this.watchDensity();
  }

  /** Follow the element and the screen no longer. */
  stop() {
    this.observer.disconnect();
    this.listening.abort();
  }

  /** A window that is moved to another screen may change its density and no size. */
  watchDensity() {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
      this.fit();
      this.watchDensity();
    }, { once: true, signal: this.listening.signal });
  }

  fit() {
    this.density = Math.min(MOST_DENSITY, devicePixelRatio || 1);
    this.size = { width: Math.max(1, this.element.clientWidth), height: Math.max(1, this.element.clientHeight) };
    const width = Math.round(this.size.width * this.density);
    const height = Math.round(this.size.height * this.density);
    // Setting either clears the canvas, so only when it has changed.
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
  }

  /** @param {import("./camera.js").View} view @returns {CanvasRenderingContext2D} that draws in world units */
  begin(view) {
    const pixels = view.scale * view.density;
    this.context.setTransform(pixels, 0, 0, pixels, -view.left * pixels, -view.top * pixels);
    return this.context;
  }
}
