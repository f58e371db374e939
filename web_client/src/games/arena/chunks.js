/**
 * Painted pieces of the ground, kept while they are seen.
 *
 * What is in view is always kept, whatever it takes; the ring around it is painted ahead, a strip of a piece a frame, as
 * long as all of it stays below a bound in bytes: so a ship that moves on finds the next pieces painted, and no frame
 * paints even a whole one of them, which takes a slow processor most of a frame.
 */

/** @typedef {import("../../view/camera.js").View} View */
/** @typedef {(context: CanvasRenderingContext2D, left: number, top: number, columns: number, rows: number) => void} Paint in world units; the others are in tiles */
/** @typedef {{canvas: HTMLCanvasElement, column: number, row: number, painted: number}} Chunk `painted`: tiles, from its top */

/** Bytes of all pieces beyond which nothing is kept that is not seen. A screen of 1920 by 1080 takes about 14 MB. */
export const MOST_BYTES = 32 * 2 ** 20;
const BYTES_A_PIXEL = 4;
/** Tiles along a piece: the most that give no more than this many device pixels. Many small ones take long to draw. */
const SIDES = [16, 8, 4];
const MOST_PIXELS = 512;
/** Strips of a piece: all sides are multiples. */
const STRIPS = 4;
/** A column and a row make one number. */
const STRIDE = 65_536;

export class Chunks {
  /** @param {number} tile world units @param {Paint} paint */
  constructor(tile, paint) {
    this.tile = tile;
    this.paint = paint;
    /** Tiles along a piece. */
    this.tiles = SIDES[SIDES.length - 1];
    /** @type {Map<number, Chunk>} by column and row */
    this.kept = new Map();
    /** Device pixels a world unit. */
    this.pixels = 0;
    this.bytesOfOne = 0;
    /** Whether the ring around what is seen now is painted, as far as there is room. */
    this.ahead = false;
    this.first = { column: 0, row: 0 };
    this.last = { column: 0, row: 0 };
  }

  /** World units along a piece. */
  get side() {
    return this.tiles * this.tile;
  }

  get bytes() {
    return this.kept.size * this.bytesOfOne;
  }

  /** @param {CanvasRenderingContext2D} context in world units @param {View} view */
  draw(context, view) {
    const pixels = view.scale * view.density;
    if (pixels !== this.pixels) this.suit(pixels);
    const { side, first, last } = this;
    this.look(Math.floor(view.left / side), Math.floor(view.top / side), Math.floor(view.right / side), Math.floor(view.bottom / side));
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (let row = first.row; row <= last.row; row += 1) {
      for (let column = first.column; column <= last.column; column += 1) {
        const chunk = this.at(column, row) ?? this.make(column, row);
        while (chunk.painted < this.tiles) this.paintStrip(chunk);
        const { canvas } = chunk;
        context.drawImage(canvas, Math.round((column * side - view.left) * pixels), Math.round((row * side - view.top) * pixels));
      }
    }
    context.setTransform(pixels, 0, 0, pixels, -view.left * pixels, -view.top * pixels);
    this.forget(0, MOST_BYTES);
    if (!this.ahead) this.ahead = !this.paintAhead();
  }

  /** @param {number} left pieces, as are the others @param {number} top @param {number} right @param {number} bottom */
  look(left, top, right, bottom) {
    const { first, last } = this;
    if (first.column === left && first.row === top && last.column === right && last.row === bottom) return;
    first.column = left;
    first.row = top;
    last.column = right;
    last.row = bottom;
    this.ahead = false;
  }

  /** @param {number} pixels device pixels a world unit from now on: everything is painted again */
  suit(pixels) {
    this.pixels = pixels;
    this.kept.clear();
    this.ahead = false;
    this.tiles = SIDES.find((tiles) => tiles * this.tile * pixels <= MOST_PIXELS) ?? SIDES[SIDES.length - 1];
    this.bytesOfOne = Math.ceil(this.side * pixels) ** 2 * BYTES_A_PIXEL;
  }

  /** @param {number} column @param {number} row */
  at(column, row) {
    return this.kept.get(row * STRIDE + column);
  }

  /** @param {number} column @param {number} row @returns {Chunk} */
  make(column, row) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.ceil(this.side * this.pixels);
    const chunk = { canvas, column, row, painted: 0 };
    this.kept.set(row * STRIDE + column, chunk);
    return chunk;
  }

  /** Paint the next strip of a piece. @param {Chunk} chunk */
  paintStrip(chunk) {
    const { side, pixels, tile, tiles } = this;
    const { canvas, column, row, painted } = chunk;
    const rows = tiles / STRIPS;
    chunk.painted += rows;
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) return;
    context.save();
    // Whole pixels, or a seam would show where two strips meet.
    const top = Math.ceil(painted * tile * pixels);
    context.beginPath();
    context.rect(0, top, canvas.width, Math.ceil(chunk.painted * tile * pixels) - top);
    context.clip();
    context.setTransform(pixels, 0, 0, pixels, -column * side * pixels, -row * side * pixels);
    this.paint(context, column * tiles, row * tiles + painted, tiles, rows);
    context.restore();
  }

  /** @param {number} column @param {number} row @param {number} ring pieces beyond the view */
  near(column, row, ring) {
    const { first, last } = this;
    return column >= first.column - ring && column <= last.column + ring && row >= first.row - ring && row <= last.row + ring;
  }

  /**
   * Let go of pieces beyond a ring around the view, the oldest first, until there is room.
   * @param {number} ring @param {number} most bytes
   */
  forget(ring, most) {
    if (this.bytes <= most) return;
    for (const [key, { column, row }] of this.kept) {
      if (this.near(column, row, ring)) continue;
      this.kept.delete(key);
      if (this.bytes <= most) return;
    }
  }

  /** Paint a strip of the ring around the view; what lies beyond the ring gives way. @returns {boolean} whether it did */
  paintAhead() {
    const { first, last } = this;
    for (let row = first.row - 1; row <= last.row + 1; row += 1) {
      for (let column = first.column - 1; column <= last.column + 1; column += 1) {
        const begun = this.at(column, row);
        if (begun && begun.painted >= this.tiles) continue;
        const room = MOST_BYTES - this.bytesOfOne;
        if (!begun) this.forget(1, room);
        if (!begun && this.bytes > room) return false;
        this.paintStrip(begun ?? this.make(column, row));
        return true;
      }
    }
    return false;
  }
}
