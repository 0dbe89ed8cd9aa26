/**
 * Lines of one run of sftp-server of which the scanner knows all that they tell: whole requests, done as they usually are; or
 * of sshd, that tell nothing.
 * Ranks and names are counted from its own beginning.
 */
export interface Stretch {
  readonly host: string;
  readonly pid: number;
  /** Of the piece, and how many between them are its own. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly lineCount: number;
  /** A line of it is printed at VERBOSE and not at INFO. */
  readonly isVerbose: boolean;
  /** Its first line may tell of the request before it. */
  readonly looksBack: boolean;
  /** It ends in a change that is done when the next line of the run comes. */
  readonly looksAhead: boolean;
  /** What failed in it is known to have, if VERBOSE was in force before it. */
  readonly needsVerbose: boolean;
  /** It is of no run: what sshd says that is of no consequence. */
  readonly isNoise: boolean;
  /** As TransferRows and ChangeRows keep them. */
  readonly transfers: SomeRows;
  readonly changes: SomeRows;
  readonly names: Uint8Array;
  readonly sums: Sums;
}

/** Some of these rows, one after the other. */
export interface SomeRows {
  readonly rows: Float64Array;
  readonly first: number;
  readonly count: number;
}

/** All its transfers are exact and complete. */
export interface Sums {
  readonly uploads: number;
  readonly downloads: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly removed: number;
  /** Removals of which it is not known. */
  readonly unknown: number;
  /** Changes. */
  readonly failed: number;
}
