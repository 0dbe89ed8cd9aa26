/** What sessions come to: those that count, and bytes where they are known. */
export interface Sums {
  sessions: number;
  transfers: number;
  changes: number;
  bytesIn: number;
  bytesOut: number;
  bytesCopied: number;
}

export const NO_SUMS: Sums = { sessions: 0, transfers: 0, changes: 0, bytesIn: 0, bytesOut: 0, bytesCopied: 0 };

export const addSums = (one: Sums, other: Sums): Sums => ({
  sessions: one.sessions + other.sessions,
  transfers: one.transfers + other.transfers,
  changes: one.changes + other.changes,
  bytesIn: one.bytesIn + other.bytesIn,
  bytesOut: one.bytesOut + other.bytesOut,
  bytesCopied: one.bytesCopied + other.bytesCopied,
});

/** Of a checkpoint. */
export const parseSums = (text: string): Sums => ({ ...NO_SUMS, ...(JSON.parse(text) as Partial<Sums>) });
