import { afterEach, describe, expect, it, vi } from 'vitest';
import { openProgress, progressText } from '../../src/ui/progress.ts';

function terminal(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => {
    written.push(String(text));
    return true;
  };
  let clock = 0;
  const stream = { isTTY, columns, write: write as NodeJS.WriteStream['write'] };
  const progress = openProgress({ stream, now: () => clock });
  return {
    progress,
    written,
    at(milliseconds: number, read: number, total: number | null = 2000) {
      clock = milliseconds;
      progress.report(read, total);
    },
  };
}

describe('progress', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is not shown where nobody watches', () => {
    const before = process.listenerCount('SIGINT');
    const { progress, written, at } = terminal(false);
    at(5000, 10);
    progress.end();
    expect(written).toEqual([]);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it('comes after a second, ten times a second at most, and goes', () => {
    const { progress, written, at } = terminal(true);
    at(999, 10);
    expect(written).toEqual([]);
    at(1000, 500);
    at(1050, 600);
    at(1100, 1000);
    progress.end();
    progress.end();
    expect(written).toEqual([
      '\r\x1b[Kread 500 B of 2.0 kB, 25 %, 3 s left',
      '\r\x1b[Kread 1.0 kB of 2.0 kB, 50 %, 2 s left',
      '\r\x1b[K',
    ]);
  });

  it('makes room for results', () => {
    const { progress, written, at } = terminal(true);
    at(1000, 500);
    progress.wipe();
    progress.wipe();
    at(1010, 500);
    progress.end();
    expect(written.map((text) => text.replace(/ .*/, ''))).toEqual([
      '\r\x1b[Kread',
      '\r\x1b[K',
      '\r\x1b[Kread',
      '\r\x1b[K',
    ]);
  });

  it('leaves nothing behind at the end of a short read', () => {
    const { progress, written, at } = terminal(true);
    at(10, 2000);
    progress.end();
    expect(written).toEqual([]);
  });

  it('never fills a line', () => {
    const { progress, written, at } = terminal(true, 12);
    at(1000, 500);
    progress.end();
    expect(written[0]).toBe('\r\x1b[Kread 500 B ');
  });

  it('goes at Ctrl-C, and does not keep the program', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const { written, at } = terminal(true);
    at(1000, 500);
    const others = process.listeners('SIGINT').slice(0, -1);
    for (const other of others) process.removeListener('SIGINT', other);
    process.emit('SIGINT', 'SIGINT');
    for (const other of others) process.on('SIGINT', other);
    expect(written.at(-1)).toBe('\r\x1b[K');
    expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, 'SIGINT');
  });

  it.each([
    [500, null, 9000, 'read 500 B'],
    [0, 0, 1000, 'read 0 B of 0 B, 100 %'],
    [1, 1000, 1000, 'read 1 B of 1.0 kB, 0 %'],
    [1000, 1000, 1000, 'read 1.0 kB of 1.0 kB, 100 %'],
  ])('of %i bytes of %s reads as %s', (read, total, elapsed, text) =>
    expect(progressText(read, total, elapsed)).toBe(text),
  );
});
