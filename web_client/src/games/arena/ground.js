/** The map, drawn as a sea chart: walls are land, and the open floor is sounded by its distance from them. */

import { bytesOf, integer, ProtocolError } from "../../net/checks.js";
import { CHART } from "../../view/palette.js";
import { Chunks } from "./chunks.js";

/** @typedef {import("./movement.js").ArenaSetup} ArenaSetup */

const MAX_TILES = 4096;
/** Fathoms that a tile of distance from the land counts for, on the soundings. */
const FATHOMS = 7;
/** How far from the land each tint of the water goes, world units; the first is the line at the edge of the second. */
const DEPTHS = [
  { reach: 37, colour: CHART.shallow },
  { reach: 35.5, colour: CHART.shoal },
  { reach: 15, colour: CHART.shallow },
];
/** Tiles between two lines of the graticule. */
const MESH = 4;
const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif';

/**
 * @param {{[key: string]: unknown}} setup of a welcome
 * @returns {ArenaSetup}
 * @throws {ProtocolError}
 */
export function readSetup(setup) {
  const width = integer(setup.width, 1, MAX_TILES, "width");
  const height = integer(setup.height, 1, MAX_TILES, "height");
  const walls = bytesOf(setup.walls, "walls");
  if (walls.length * 8 < width * height) throw new ProtocolError(`${walls.length} bytes of walls are too few`);
  return { width, height, tile: integer(setup.tile, 1, 65535, "tile"), walls };
}

export class Ground {
  /** @param {ArenaSetup} setup */
  constructor(setup) {
    this.setup = setup;
    this.chunks = new Chunks(setup.tile, (...strip) => this.paint(...strip));
    this.depths = soundings(setup);
  }

  /** @param {number} column @param {number} row @returns {boolean} beyond the map is land too */
  isLand(column, row) {
    const { width, height, walls } = this.setup;
    if (column < 0 || row < 0 || column >= width || row >= height) return true;
    const at = row * width + column;
    return Boolean((walls[at >> 3] >> (at & 7)) & 1);
  }

  /**
   * @param {number} x @param {number} y @param {{x: number, y: number}} way a unit vector @param {number} most
   * @returns {number} world units that a bolt flies before it meets land, `most` at the most
   */
  reach(x, y, way, most) {
    const { tile } = this.setup;
    const stride = 4;
    for (let gone = 0; gone < most; gone += stride) {
      if (this.isLand(Math.floor((x + way.x * gone) / tile), Math.floor((y + way.y * gone) / tile))) return gone;
    }
    return most;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} left @param {number} top @param {number} columns @param {number} rows */
  paint(context, left, top, columns, rows) {
    const { tile } = this.setup;
    const { land, coast } = this.outline(left - 1, top - 1, left + columns + 1, top + rows + 1);
    context.fillStyle = CHART.deep;
    // One tile more than asked for: the last row of pixels may be a part of one only.
    context.fillRect(left * tile, top * tile, (columns + 1) * tile, (rows + 1) * tile);
    context.lineCap = context.lineJoin = "round";
    for (const { reach, colour } of DEPTHS) {
      context.strokeStyle = colour;
      context.lineWidth = 2 * reach;
      context.stroke(coast);
    }
    this.graticule(context, left, top, columns, rows);
    this.sound(context, left, top, columns, rows);
    context.fillStyle = CHART.land;
    context.fill(land);
    context.save();
    context.clip(land);
    context.strokeStyle = CHART.inland;
    context.lineWidth = 4;
    context.beginPath();
    for (let at = -rows - 2; at <= columns + 2; at += 0.25) {
      context.moveTo((left + at) * tile, (top - 1) * tile);
      context.lineTo((left + at + rows + 2) * tile, (top + rows + 1) * tile);
    }
    context.stroke();
    context.restore();
    this.darken(context, left, top, columns, rows);
    context.strokeStyle = CHART.ink;
    context.lineWidth = 6;
    context.stroke(coast);
    context.strokeStyle = CHART.coast;
    context.lineWidth = 2.25;
    context.stroke(coast);
  }

  /**
   * What lies beyond the map is of no interest.
   * @param {CanvasRenderingContext2D} context @param {number} left @param {number} top @param {number} columns @param {number} rows
   */
  darken(context, left, top, columns, rows) {
    const { tile, width, height } = this.setup;
    const beyond = new Path2D();
    beyond.rect(left * tile, top * tile, (columns + 1) * tile, (rows + 1) * tile);
    beyond.rect(0, 0, width * tile, height * tile);
    context.save();
    context.beginPath();
    context.rect(left * tile, top * tile, (columns + 1) * tile, (rows + 1) * tile);
    context.clip();
    context.fillStyle = CHART.beyond;
    context.fill(beyond, "evenodd");
    context.restore();
  }

  /**
   * @param {number} left tiles, as are the others @param {number} top @param {number} right @param {number} bottom
   * @returns {{land: Path2D, coast: Path2D}} the tiles of land, and the lines where it meets the sea
   */
  outline(left, top, right, bottom) {
    const { tile } = this.setup;
    const land = new Path2D();
    const coast = new Path2D();
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        if (!this.isLand(column, row)) continue;
        const x = column * tile;
        const y = row * tile;
        land.rect(x, y, tile, tile);
        if (!this.isLand(column, row - 1)) line(coast, x, y, x + tile, y);
        if (!this.isLand(column, row + 1)) line(coast, x, y + tile, x + tile, y + tile);
        if (!this.isLand(column - 1, row)) line(coast, x, y, x, y + tile);
        if (!this.isLand(column + 1, row)) line(coast, x + tile, y, x + tile, y + tile);
      }
    }
    return { land, coast };
  }

  /** @param {CanvasRenderingContext2D} context @param {number} left @param {number} top @param {number} columns @param {number} rows */
  graticule(context, left, top, columns, rows) {
    const { tile } = this.setup;
    context.beginPath();
    for (let column = multiple(left); column <= left + columns; column += MESH) {
      line(context, column * tile, top * tile, column * tile, (top + rows) * tile);
    }
    for (let row = multiple(top); row <= top + rows; row += MESH) {
      line(context, left * tile, row * tile, (left + columns) * tile, row * tile);
    }
    context.strokeStyle = CHART.graticule;
    context.lineWidth = 1.5;
    context.stroke();
    context.lineCap = "butt";
    context.beginPath();
    for (let row = 0; row <= rows; row += 1) {
      for (let column = 0; column <= columns; column += 1) {
        const x = (left + column) * tile;
        const y = (top + row) * tile;
        line(context, x - 3, y, x + 3, y);
        line(context, x, y - 3, x, y + 3);
      }
    }
    context.stroke();
    context.lineCap = "round";
  }

  /** @param {CanvasRenderingContext2D} context @param {number} left @param {number} top @param {number} columns @param {number} rows */
  sound(context, left, top, columns, rows) {
    const { tile, width, height } = this.setup;
    context.fillStyle = CHART.faint;
    context.globalAlpha = 0.32;
    context.font = `italic 11px ${SERIF}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = Math.max(0, top); row < Math.min(height, top + rows); row += 1) {
      for (let column = Math.max(0, left); column < Math.min(width, left + columns); column += 1) {
        const depth = this.depths[row * width + column];
        const scatter = (column * 73 + row * 151 + column * row * 11) % 97;
        if (depth && scatter < 26) {
          const x = (column + 0.3 + (scatter % 5) * 0.1) * tile;
          const y = (row + 0.3 + (scatter % 4) * 0.12) * tile;
          context.fillText(String(Math.round(depth * FATHOMS + (scatter % 7))), x, y);
        }
      }
    }
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context in world units: the whole map, small */
  drawMap(context) {
    const { tile, width, height } = this.setup;
    const { land, coast } = this.outline(0, 0, width, height);
    context.fillStyle = CHART.shoal;
    context.fillRect(0, 0, width * tile, height * tile);
    context.fillStyle = CHART.land;
    context.fill(land);
    context.strokeStyle = CHART.coast;
    context.globalAlpha = 0.6;
    context.lineWidth = (width * tile) / 220;
    context.stroke(coast);
    context.globalAlpha = 1;
  }
}

/** @param {number} tiles @returns {number} the next line of the graticule, in tiles */
function multiple(tiles) {
  return Math.ceil(tiles / MESH) * MESH;
}

/** @param {CanvasPath} path @param {number} x @param {number} y @param {number} toX @param {number} toY */
function line(path, x, y, toX, toY) {
  path.moveTo(x, y);
  path.lineTo(toX, toY);
}

/** @param {ArenaSetup} setup @returns {Float32Array} tiles to the nearest land of each tile: a two-pass chamfer */
function soundings({ width, height, walls }) {
  const depths = new Float32Array(width * height);
  for (let at = 0; at < depths.length; at += 1) depths[at] = (walls[at >> 3] >> (at & 7)) & 1 ? 0 : width + height;
  /** @param {number} at @param {number} column @param {number} row @param {number} by */
  const relax = (at, column, row, by) => {
    const inside = column >= 0 && row >= 0 && column < width && row < height;
    depths[at] = Math.min(depths[at], (inside ? depths[row * width + column] : 0) + by);
  };
  for (const pass of [1, -1]) {
    for (let index = 0; index < depths.length; index += 1) {
      const at = pass === 1 ? index : depths.length - 1 - index;
      const column = at % width;
      const row = Math.floor(at / width);
      relax(at, column - pass, row, 1);
      relax(at, column, row - pass, 1);
      relax(at, column - pass, row - pass, 1.4);
      relax(at, column + pass, row - pass, 1.4);
    }
  }
  return depths;
}
