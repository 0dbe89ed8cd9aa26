import { writeSync } from 'node:fs';
import type { Random } from './random.ts';

export interface LogFile {
  /** Adds a line, given from its tag on, at a time that is up to a millisecond after the one before. */
  add(line: string): void;
  /** Bytes so far. */
  size(): number;
  close(): void;
}

const HOST = 'sftp1';
const CHUNK = 1 << 20;
/** No line is as long: a message has 500 bytes at most. */
const LONGEST = 1024;

/** Writes as rsyslog does with RSYSLOG_FileFormat, to an open file or pipe. */
export function openLog(fd: number, random: Random): LogFile {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let [filled, flushed] = [0, 0];
  let second = Date.UTC(2026, 10, 20) / 1000;
  let micros = 0;
  let prefix = stampOf(second);

  const flush = () => {
    for (let at = 0; at < filled; ) at += writeSync(fd, chunk, at, filled - at);
    flushed += filled;
    filled = 0;
  };
  return {
    add(line) {
      micros += 1 + random.below(1000);
      if (micros >= 1_000_000) {
        micros -= 1_000_000;
        prefix = stampOf(++second);
      }
      // The digits of 1,000,000 and more are always seven: cheaper than padding.
      const text = `${prefix}${String(1_000_000 + micros).slice(1)}+00:00 ${HOST} ${line}\n`;
      filled += chunk.write(text, filled, 'latin1');
      if (filled > CHUNK - LONGEST) flush();
    },
    size: () => flushed + filled,
    close: flush,
  };
}

/** Up to the fraction of the second. */
const stampOf = (second: number): string => new Date(second * 1000).toISOString().slice(0, 20);
