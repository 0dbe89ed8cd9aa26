import type { Handle } from './handle.ts';

/**
 * The last four lines of a session, as far as they opened or closed a file. A copy on the server moves nothing over the
 * wire and prints what a download and an upload would print: open for read, open for write, and two closes with the same
 * number, one right after the other.
 */
export class LastSteps {
  /** The newest last. */
  private step1: Handle | null = null;
  private step2: Handle | null = null;
  private step3: Handle | null = null;
  private step4: Handle | null = null;
  /** Of each a bit: it was a close. The newest is the lowest. */
  private closes = 0;

  add(handle: Handle, isClose: boolean): void {
    this.step1 = this.step2;
    this.step2 = this.step3;
    this.step3 = this.step4;
    this.step4 = handle;
    this.closes = ((this.closes << 1) | (isClose ? 1 : 0)) & 0b1111;
  }

  /** Something else was logged in between. */
  interrupt(): void {
    this.step4 = null;
  }

  /** Of two files that were opened one right after the other the first was closed: the close of the other may follow. */
  get canBecomeCopy(): boolean {
    return (this.closes & 0b111) === 0b001 && this.step2 !== null && this.step3 !== null && this.step4 !== null;
  }

  /** What was read and what was written, if these four look like a copy. */
  copy(): [Handle, Handle] | null {
    if (this.closes !== 0b0011) return null;
    const { step1, step2, step3, step4 } = this;
    if (!step1 || !step2 || !step3 || !step4) return null;
    // By name, because of two handles on one file the log does not tell which was closed. Onto itself sshd copies nothing.
    const [source, copy] = step3.raw.is(step1.raw) ? [step3, step4] : [step4, step3];
    if (!source.raw.is(step1.raw) || !copy.raw.is(step2.raw) || source.raw.is(copy.raw)) return null;
    if (!isWholly(source, 'reads') || !isWholly(copy, 'writes')) return null;
    return source.bytesRead === copy.bytesWritten ? [source, copy] : null;
  }
}

/** Whether a handle was opened for one way and moved bytes that way alone, from open to close. */
function isWholly({ reads, writes, bytesRead, bytesWritten, status, copy }: Handle, way: 'reads' | 'writes'): boolean {
  const isOneWay =
    way === 'reads'
      ? reads && !writes && bytesWritten === 0 && bytesRead
      : writes && !reads && bytesRead === 0 && bytesWritten;
  return Boolean(isOneWay) && status === 'completed' && copy === undefined;
}
