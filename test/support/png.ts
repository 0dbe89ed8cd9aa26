import { inflateSync } from 'node:zlib';

/** How many pixels of a PNG (8 bits a channel, not interlaced) have each colour, `#rrggbb`. */
export function coloursIn(png: Buffer): Map<string, number> {
  const chunks: Buffer[] = [];
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = png[25] === 6 ? 4 : 3;
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      chunks.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const bytes = inflateSync(Buffer.concat(chunks));
  const [row, colours] = [width * channels, new Map<string, number>()];
  let above = Buffer.alloc(row);
  for (let line = 0; line < height; line++) {
    const filter = bytes[line * (row + 1)];
    const here = Buffer.from(bytes.subarray(line * (row + 1) + 1, (line + 1) * (row + 1)));
    for (let index = 0; index < row; index++) {
      const left = here[index - channels] ?? 0;
      const [up, corner] = [above[index] ?? 0, index < channels ? 0 : (above[index - channels] ?? 0)];
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      here[index] = (here[index] ?? 0) + (guesses[filter ?? 0] ?? 0);
    }
    for (let index = 0; index < row; index += channels) {
      const colour = `#${here.toString('hex', index, index + 3)}`;
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
    above = here;
  }
  return colours;
}

/** PNG (RFC 2083), 6.6. */
function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((each) => Math.abs(guess - each)) as [number, number, number];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
