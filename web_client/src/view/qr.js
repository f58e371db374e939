/**
 * QR codes of short texts: bytes, error correction M, versions 1 to 6 (ISO/IEC 18004). That is room for 106 bytes, and a
 * link takes about 50. A longer text has no code here.
 */

/**
 * Of each version: code words in all, and of them for correction in each block; the number of blocks. At level M and in
 * these versions all blocks are of one length.
 * @type {readonly {words: number, correction: number, blocks: number}[]}
 */
const VERSIONS = [
  { words: 26, correction: 10, blocks: 1 }, { words: 44, correction: 16, blocks: 1 }, { words: 70, correction: 26, blocks: 1 },
  { words: 100, correction: 18, blocks: 2 }, { words: 134, correction: 24, blocks: 2 }, { words: 172, correction: 16, blocks: 4 },
];
const LEVEL_M = 0;
const BYTES = 0b0100;
const PADDING = [0xec, 0x11];
/** Bits of the header: the mode, and the length of the text. */
const HEADER = 4 + 8;

/** Powers of 2 in GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1, and their logarithms. */
const POWERS = new Uint8Array(255);
const LOGARITHMS = new Uint8Array(256);
for (let at = 0, value = 1; at < 255; at += 1) {
  POWERS[at] = value;
  LOGARITHMS[value] = at;
  value = value & 0x80 ? ((value << 1) ^ 0x11d) & 0xff : value << 1;
}

/** @param {number} a @param {number} b @returns {number} the product in GF(256) */
function times(a, b) {
  return a && b ? POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255] : 0;
}

/** @param {readonly number[]} words @param {number} count @returns {number[]} the code words that correct `words` (Reed and Solomon) */
function correctionOf(words, count) {
  let divisor = [1];
  for (let root = 0; root < count; root += 1) {
    divisor = [...divisor, 0].map((value, at) => value ^ times(at ? divisor[at - 1] : 0, POWERS[root]));
  }
  const rest = new Array(count).fill(0);
  for (const word of words) {
    const factor = word ^ rest.shift();
    rest.push(0);
    for (let at = 0; at < count; at += 1) rest[at] ^= times(divisor[at + 1], factor);
  }
  return rest;
}

/** @param {Uint8Array} text @param {(typeof VERSIONS)[number]} version @returns {number[]} all code words, in the order of the picture */
function codeWords(text, { words, correction, blocks }) {
  const room = words - correction * blocks;
  const bits = [...digits(BYTES, 4), ...digits(text.length, 8), ...[...text].flatMap((byte) => digits(byte, 8))];
  bits.push(...new Array(Math.min(4, room * 8 - bits.length)).fill(0));
  while (bits.length % 8) bits.push(0);
  /** @type {number[]} */
  const data = [];
  for (let at = 0; at < bits.length; at += 8) data.push(parseInt(bits.slice(at, at + 8).join(""), 2));
  for (let pad = 0; data.length < room; pad += 1) data.push(PADDING[pad % 2]);
  const each = room / blocks;
  const parts = Array.from({ length: blocks }, (_, block) => data.slice(block * each, (block + 1) * each));
  return [...interleaved(parts), ...interleaved(parts.map((part) => correctionOf(part, correction)))];
}

/** @param {number} value @param {number} count @returns {number[]} bits, the highest first */
function digits(value, count) {
  return Array.from({ length: count }, (_, at) => (value >> (count - 1 - at)) & 1);
}

/** @param {number[][]} parts of one length @returns {number[]} the first of each, then the second of each, ... */
function interleaved(parts) {
  return parts[0].flatMap((_, at) => parts.map((part) => part[at]));
}

/** @type {readonly ((row: number, column: number) => boolean)[]} whether a mask turns a module over */
const MASKS = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/**
 * @param {string} text
 * @param {number | null} mask 0 to 7; null for the best
 * @returns {boolean[][] | null} dark modules by row, without the quiet zone of 4 around them; null for a text that is too long
 */
export function qrCode(text, mask = null) {
  const bytes = new TextEncoder().encode(text);
  const at = VERSIONS.findIndex(({ words, correction, blocks }) => bytes.length * 8 + HEADER <= (words - correction * blocks) * 8);
  if (at < 0) return null;
  const words = codeWords(bytes, VERSIONS[at]);
  if (mask !== null) return picture(at + 1, words, mask);
  const all = MASKS.map((_, one) => picture(at + 1, words, one));
  const penalties = all.map(penalty);
  return all[penalties.indexOf(Math.min(...penalties))];
}

/** @param {number} version @param {number[]} words @param {number} mask @returns {boolean[][]} */
function picture(version, words, mask) {
  const size = 17 + 4 * version;
  /** @type {(boolean | null)[][]} null where data goes */
  const modules = Array.from({ length: size }, () => new Array(size).fill(null));
  for (const [row, column] of [[0, 0], [0, size - 7], [size - 7, 0]]) finder(modules, row, column);
  for (let along = 8; along < size - 8; along += 1) modules[6][along] = modules[along][6] = along % 2 === 0;
  if (version > 1) rings(modules, size - 9, size - 9, 5, [0, 2]);
  format(modules, mask);
  const bits = words.flatMap((word) => digits(word, 8));
  let next = 0;
  // In pairs of columns from the right, up and down in turns; the column of the timing pattern is left out.
  for (let right = size - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (modules[row][column] !== null) continue;
        modules[row][column] = Boolean(bits[next] ?? 0) !== MASKS[mask](row, column);
        next += 1;
      }
    }
  }
  return /** @type {boolean[][]} */ (modules);
}

/** @param {(boolean | null)[][]} modules @param {number} top @param {number} left @param {number} size @param {number[]} dark distances from the middle */
function rings(modules, top, left, size, dark) {
  const middle = (size - 1) / 2;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const ring = Math.max(Math.abs(row - middle), Math.abs(column - middle));
      if (modules[top + row]?.[left + column] !== undefined) modules[top + row][left + column] = dark.includes(ring);
    }
  }
}

/** @param {(boolean | null)[][]} modules @param {number} row @param {number} column */
function finder(modules, row, column) {
  rings(modules, row - 1, column - 1, 9, [0, 1, 3]);
}

/** Where the level and the mask stand, twice. @param {(boolean | null)[][]} modules @param {number} mask */
function format(modules, mask) {
  const size = modules.length;
  const data = (LEVEL_M << 3) | mask;
  let rest = data << 10;
  for (let bit = 14; bit >= 10; bit -= 1) if ((rest >> bit) & 1) rest ^= 0b10100110111 << (bit - 10);
  const code = ((data << 10) | rest) ^ 0b101010000010010;
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = Boolean((code >> bit) & 1);
    if (bit < 6) modules[bit][8] = dark;
    else if (bit < 8) modules[bit + 1][8] = dark;
    else if (bit === 8) modules[8][7] = dark;
    else modules[8][14 - bit] = dark;
    if (bit < 8) modules[8][size - 1 - bit] = dark;
    else modules[size - 15 + bit][8] = dark;
  }
  modules[size - 8][8] = true;
}

/** @param {boolean[][]} modules @returns {number} how hard it is to read: less is better */
function penalty(modules) {
  const size = modules.length;
  const columns = modules.map((_, column) => modules.map((row) => row[column]));
  let points = 0;
  for (const line of [...modules, ...columns]) {
    let run = 0;
    for (let at = 0; at < size; at += 1) {
      run = at && line[at] === line[at - 1] ? run + 1 : 1;
      if (run === 5) points += 3;
      else if (run > 5) points += 1;
    }
    const text = line.map(Number).join("");
    for (const like of ["10111010000", "00001011101"]) {
      for (let at = text.indexOf(like); at >= 0; at = text.indexOf(like, at + 1)) points += 40;
    }
  }
  for (let row = 1; row < size; row += 1) {
    for (let column = 1; column < size; column += 1) {
      const one = modules[row][column];
      if (modules[row - 1][column] === one && modules[row][column - 1] === one && modules[row - 1][column - 1] === one) points += 3;
    }
  }
  const dark = modules.flat().filter(Boolean).length / (size * size);
  return points + 10 * Math.floor(Math.abs(dark * 100 - 50) / 5);
}

/** @param {boolean[][]} modules @returns {string} an SVG path of them, a unit each */
export function pathOf(modules) {
  return modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))).join("");
}
