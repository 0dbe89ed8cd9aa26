import { type Settled, sessionOf } from '../log/settled.ts';
import { jsonLine } from './json-line.ts';
import { RowWriter } from './row-writer.ts';

/**
 * What `jsonLine` says of sessions, byte for byte, in a fraction of its time: a large log is mostly transfers and changes
 * that all have the same few fields and plain names. What has others is left to `jsonLine`.
 */
export class SessionBytes {
  private readonly out: RowWriter | null;
  private readonly write: (bytes: Uint8Array) => void;

  /** @param write what it is given is good until it returns */
  constructor(write: (bytes: Uint8Array) => void) {
    this.write = write;
    this.out = openWriter(write);
  }

  /** Writes one line, or holds it back until there is more. */
  add(settled: Settled): void {
    const { head, transfers, changes, totals, omitted } = settled;
    const { out } = this;
    if (out === null) return this.write(Buffer.from(`${jsonLine(sessionOf(settled))}\n`));
    out.text(`${jsonLine(head).slice(0, -1)},"transfers":[`);
    out.names(transfers.bytes);
    out.transfers(transfers, (place) => jsonLine(transfers.transfer(place)));
    out.text('],"changes":[');
    out.changes(changes, (place) => jsonLine(changes.change(place)));
    out.text(`],"totals":${jsonLine(totals)}${omitted > 0 ? `,"omitted":${omitted}` : ''}}\n`);
  }

  /** Nothing may be held back any longer. */
  flush(): void {
    this.out?.flush();
  }
}

/** Under a limit on address space (ulimit -v, LimitAS) there may be none for WebAssembly, which takes gigabytes of it. */
function openWriter(write: (bytes: Uint8Array) => void): RowWriter | null {
  try {
    return new RowWriter(write);
  } catch {
    return null;
  }
}
