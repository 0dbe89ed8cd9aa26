import type { LogPart } from './log-part.ts';

/** No file of a log is longer, uncompressed. So 32,768 files can be told apart in a number. */
const SPAN = 2 ** 38;

/** Which line tells something, as one number: its file and where it stands in it. */
export class Evidence {
  private readonly parts: LogPart[] = [];

  /** Of a line at this offset of a file. */
  at(part: LogPart, offset: number): number {
    if (part.number < 0) part.number = this.parts.push(part) - 1;
    return part.number * SPAN + offset;
  }

  partOf(evidence: number): LogPart {
    return this.parts[Math.floor(evidence / SPAN)] as LogPart;
  }

  offsetOf(evidence: number): number {
    return evidence % SPAN;
  }

  /** The files that lines were read from, oldest first. */
  get all(): readonly LogPart[] {
    return this.parts;
  }
}
