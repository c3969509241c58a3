// QR picture of a text: byte mode, error correction level M, versions 1 to 30 (up to 1370 bytes;
// a signed receipt has about 660). The sandbox draws none, and a till's scanner cannot read plain
// text from a screen.

const QR_CHECK_BYTES = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24,
  28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const QR_BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10,
  10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29,
];

/// Rows of modules, true is dark; null if the text is too long.
export function qrModules(bytes) {
  let version = 0;
  let capacity = 0;
  let raw = 0;
  const lengthBits = () => (version < 10 ? 8 : 16);
  do {
    version += 1;
    if (version > QR_BLOCKS.length) return null;
    const alignments = version === 1 ? 0 : Math.floor(version / 7) + 2;
    let bits = (16 * version + 128) * version + 64;
    if (alignments > 0) bits -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) bits -= 36;
    raw = Math.floor(bits / 8);
    capacity = raw - QR_CHECK_BYTES[version - 1] * QR_BLOCKS[version - 1];
  } while (4 + lengthBits() + 8 * bytes.length > 8 * capacity);

  const bits = [];
  const push = (value, count) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  push(4, 4);
  push(bytes.length, lengthBits());
  for (const byte of bytes) push(byte, 8);
  push(0, Math.min(4, 8 * capacity - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < 8 * capacity; pad ^= 0xec ^ 0x11) push(pad, 8);
  const data = [];
  for (let i = 0; i < bits.length; i += 8) {
    data.push(bits.slice(i, i + 8).reduce((sum, bit) => 2 * sum + bit, 0));
  }

  const codewords = qrInterleave(data, raw, QR_BLOCKS[version - 1], QR_CHECK_BYTES[version - 1]);
  const frame = qrFrame(version);
  let best = null;
  for (let mask = 0; mask < 8; mask++) {
    const modules = qrFill(frame, codewords, mask);
    const penalty = qrPenalty(modules);
    if (best === null || penalty < best.penalty) best = { modules, penalty };
  }
  return best.modules;
}

function qrMultiply(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

function qrInterleave(data, raw, blocks, checkBytes) {
  const divisor = new Array(checkBytes).fill(0);
  divisor[checkBytes - 1] = 1;
  for (let i = 0, root = 1; i < checkBytes; i++, root = qrMultiply(root, 2)) {
    for (let j = 0; j < checkBytes; j++) {
      divisor[j] = qrMultiply(divisor[j], root) ^ (divisor[j + 1] ?? 0);
    }
  }
  const shortLength = Math.floor(raw / blocks) - checkBytes;
  const shortBlocks = blocks - (raw % blocks);
  const parts = [];
  for (let i = 0, at = 0; i < blocks; i++) {
    const length = shortLength + (i < shortBlocks ? 0 : 1);
    const part = data.slice(at, at + length);
    at += length;
    const check = new Array(checkBytes).fill(0);
    for (const byte of part) {
      const factor = byte ^ check.shift();
      check.push(0);
      divisor.forEach((coefficient, j) => (check[j] ^= qrMultiply(coefficient, factor)));
    }
    parts.push({ part, check });
  }
  const result = [];
  for (let i = 0; i <= shortLength; i++) {
    for (const { part } of parts) if (i < part.length) result.push(part[i]);
  }
  for (let i = 0; i < checkBytes; i++) for (const { check } of parts) result.push(check[i]);
  return result;
}

/// The fixed patterns: true is dark, false is light, null is free for data.
function qrFrame(version) {
  const size = 4 * version + 17;
  const frame = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (x, y, dark) => {
    if (x >= 0 && y >= 0 && x < size && y < size) frame[y][x] = dark;
  };
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  if (version > 1) {
    const count = Math.floor(version / 7) + 2;
    const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
    const centres = [6];
    for (let i = count - 2; i >= 0; i--) centres.push(size - 7 - i * step);
    for (const cy of centres) {
      for (const cx of centres) {
        const onFinder =
          (cx === 6 && cy === 6) || (cx === 6 && cy === size - 7) || (cx === size - 7 && cy === 6);
        if (onFinder) continue;
        for (let dy = -2; dy <= 2; dy++) {
          for (let dx = -2; dx <= 2; dx++) {
            set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
          }
        }
      }
    }
  }
  if (version >= 7) {
    let rest = version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const information = (version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const dark = ((information >> i) & 1) === 1;
      const far = size - 11 + (i % 3);
      set(far, Math.floor(i / 3), dark);
      set(Math.floor(i / 3), far, dark);
    }
  }
  qrFormat(frame, 0);
  return frame;
}

function qrFormat(modules, mask) {
  const size = modules.length;
  // Level M is written as 0 in the two bits before the mask number.
  let rest = mask;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const format = ((mask << 10) | rest) ^ 0x5412;
  const bit = (i) => ((format >> i) & 1) === 1;
  for (let i = 0; i <= 5; i++) modules[i][8] = bit(i);
  modules[7][8] = bit(6);
  modules[8][8] = bit(7);
  modules[8][7] = bit(8);
  for (let i = 9; i < 15; i++) modules[8][14 - i] = bit(i);
  for (let i = 0; i < 8; i++) modules[8][size - 1 - i] = bit(i);
  for (let i = 8; i < 15; i++) modules[size - 15 + i][8] = bit(i);
  modules[size - 8][8] = true;
}

const QR_MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function qrFill(frame, codewords, mask) {
  const size = frame.length;
  const modules = frame.map((row) => [...row]);
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (frame[y][x] !== null) continue;
        const inside = at < codewords.length * 8;
        const dark = inside && ((codewords[at >> 3] >> (7 - (at & 7))) & 1) === 1;
        at += 1;
        modules[y][x] = dark !== (QR_MASKS[mask](x, y) === 0);
      }
    }
  }
  qrFormat(modules, mask);
  return modules;
}

/// Long runs and blocks of one colour are hard to scan; the rules about look-alikes of the corner
/// marks and about overall brightness matter little for texts this short.
function qrPenalty(modules) {
  const size = modules.length;
  let penalty = 0;
  for (let i = 0; i < size; i++) {
    for (const at of [(j) => modules[i][j], (j) => modules[j][i]]) {
      for (let j = 0, run = 0; j < size; j++) {
        run = j > 0 && at(j) === at(j - 1) ? run + 1 : 1;
        if (run === 5) penalty += 3;
        else if (run > 5) penalty += 1;
      }
    }
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      const dark = modules[y][x];
      const neighbours = [modules[y - 1][x], modules[y][x - 1], modules[y - 1][x - 1]];
      if (neighbours.every((other) => other === dark)) penalty += 3;
    }
  }
  return penalty;
}
