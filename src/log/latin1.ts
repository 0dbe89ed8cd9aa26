/** Bytes as text, one character for each: nothing is lost, and what OpenSSH writes is ASCII anyway. */
export const latin1 = (bytes: Buffer, from: number, to: number): string => bytes.toString('latin1', from, to);
