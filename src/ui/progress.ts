import { bytesText } from './quantities.ts';

/** How far a long read has come, on one line of a terminal that is gone afterwards. */
export interface Progress {
  /** Bytes so far, and of how many; null where that cannot be known. */
  report(read: number, total: number | null): void;
  /** Takes the line away, for something else to be printed; the next report brings it back. */
  wipe(): void;
  /** Takes the line away for good. */
  end(): void;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

const PATIENCE = 1000;
const PAUSE = 100;
const WIPE = '\r\x1b[K';

export interface ProgressOptions {
  stream?: Stream;
  /** Milliseconds. */
  now?(): number;
}

/** Says nothing where nobody watches, and nothing in the first second. Ctrl-C takes the line away before it ends us. */
export function openProgress({ stream = process.stderr, now = Date.now }: ProgressOptions = {}): Progress {
  if (!stream.isTTY || process.env.TERM === 'dumb') return { report() {}, wipe() {}, end() {} };
  const begun = now();
  let drawn = Number.NEGATIVE_INFINITY;
  let isShown = false;

  const wipe = () => {
    if (isShown) stream.write(WIPE);
    isShown = false;
  };
  const end = () => {
    wipe();
    for (const name of SIGNALS) process.removeListener(name, stop);
  };
  const stop = (name: NodeJS.Signals) => {
    end();
    // Whoever else listens decides what becomes of us.
    if (process.listenerCount(name) === 0) process.kill(process.pid, name);
  };
  for (const name of SIGNALS) process.on(name, stop);

  return {
    report(read, total) {
      const at = now();
      if (at - begun < PATIENCE || (isShown && at - drawn < PAUSE)) return;
      drawn = at;
      isShown = true;
      stream.write(WIPE + progressText(read, total, at - begun).slice(0, (stream.columns || 80) - 1));
    },
    wipe,
    end,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @param elapsed milliseconds */
export function progressText(read: number, total: number | null, elapsed: number): string {
  if (total === null) return `read ${bytesText(read)}`;
  const share = total === 0 ? 1 : read / total;
  const left = share > 0.02 && share < 1 ? `, ${Math.ceil((elapsed / share - elapsed) / 1000)} s left` : '';
  return `read ${bytesText(read)} of ${bytesText(total)}, ${Math.floor(share * 100)} %${left}`;
}
