/** CRC-32 as in IEEE 802.3 and zlib: reflected polynomial 0xEDB88320, all ones before and after. */

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLE[byte] = value;
}

export class Crc32 {
  constructor() {
    this.state = 0xffffffff;
  }

  /** @param {number} byte 0 to 255 */
  byte(byte) {
    this.state = (this.state >>> 8) ^ TABLE[(this.state ^ byte) & 0xff];
  }

  /** @param {Uint8Array} bytes */
  bytes(bytes) {
    let state = this.state;
    for (let at = 0; at < bytes.length; at += 1) state = (state >>> 8) ^ TABLE[(state ^ bytes[at]) & 0xff];
    this.state = state;
  }

  /** @returns {number} 0 to 2^32 - 1 */
  get value() {
    return (this.state ^ 0xffffffff) >>> 0;
  }
}
