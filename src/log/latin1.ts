/** What Buffer has beyond its types: `toString('latin1', ...)` without the look-up of the encoding. */
interface Latin1Buffer extends Buffer {
  latin1Slice(from: number, to: number): string;
}

/** Bytes as text, one character for each: nothing is lost, and what OpenSSH writes is ASCII anyway. */
export const latin1 = (bytes: Buffer, from: number, to: number): string =>
  (bytes as Latin1Buffer).latin1Slice(from, to);
