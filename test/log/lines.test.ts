import { describe, expect, test } from 'vitest';
import { Lines } from '../../src/log/lines.ts';
import { Mentions } from '../../src/log/mentions.ts';

const MEBIBYTE = 1 << 20;

function take(lines: Lines): string[] {
  const found: string[] = [];
  while (lines.advance()) found.push(lines.bytes.toString('latin1', lines.start, lines.end));
  return found;
}

/** The lines of a text that comes in chunks of a size. */
function split(text: string, size: number): string[] {
  const lines = new Lines();
  const found: string[] = [];
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) {
    lines.push(bytes.subarray(at, at + size));
    found.push(...take(lines));
  }
  if (lines.finish()) found.push(...take(lines));
  return found;
}

describe('lines', () => {
  test.each([
    ['the ordinary', 'one\ntwo\nthree\n', ['one', 'two', 'three']],
    ['no newline at the end', 'one\ntwo', ['one', 'two']],
    ['only one, and no newline', 'one', ['one']],
    ['CRLF', 'one\r\ntwo\r\n', ['one', 'two']],
    ['empty ones', '\n\none\n\r\n\ntwo\n\n', ['one', 'two']],
    ['a return that ends no line', 'a\rb\n\rc\n', ['a\rb', '\rc']],
    ['a NUL and bytes that are no UTF-8', 'a\0b\n\xff\xfe\n', ['a\0b', '\xff\xfe']],
    ['nothing', '', []],
    ['nothing but newlines', '\n\n\n', []],
  ])('%s, in chunks of any size', (_, text, lines) => {
    for (let size = 1; size <= text.length + 1; size++) expect(split(text, size)).toEqual(lines);
  });

  test('finish is told of a rest only once', () => {
    const lines = new Lines();
    lines.push(Buffer.from('rest'));
    expect(take(lines)).toEqual([]);
    expect([lines.finish(), take(lines), lines.finish()]).toEqual([true, ['rest'], false]);
  });

  test('what was kept of a chunk does not change with the buffer it came in', () => {
    const lines = new Lines();
    const chunk = Buffer.from('begin');
    lines.push(chunk);
    take(lines);
    chunk.fill('x');
    lines.push(Buffer.from('ning\n'));
    expect(take(lines)).toEqual(['beginning']);
  });

  test.each([1000, 70_000, 3 * MEBIBYTE])('a line of 2 MiB is skipped, in chunks of %i', (size) => {
    const text = `before\n${'x'.repeat(2 * MEBIBYTE)}\nafter\n`;
    const lines = split(text, size);
    expect(lines.filter((line) => line.length < 100)).toEqual(['before', 'after']);
    // One that came whole costs no memory of its own.
    if (size < MEBIBYTE) expect(lines).toHaveLength(2);
  });

  test('one that never ends takes no more than a mebibyte', () => {
    const lines = new Lines();
    const before = process.memoryUsage().arrayBuffers;
    for (let chunk = 0; chunk < 200; chunk++) {
      lines.push(Buffer.alloc(65_536, 'x'));
      expect(lines.advance()).toBe(false);
    }
    expect(lines.finish()).toBe(false);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MEBIBYTE);
  });
});

describe('skipping to a mention', () => {
  const line = (user: string) => `session opened for local user ${user} from [::1]\n`;

  test('goes to the next line that names the user', () => {
    const lines = new Lines();
    const mentions = new Mentions('acme');
    lines.push(Buffer.from(`noise\n${line('other')}${line('acme')}noise\n${line('acmeinc')}${line('acme')}`));
    const found: string[] = [];
    for (;;) {
      lines.skipTo(mentions);
      if (!lines.advance()) break;
      found.push(lines.bytes.toString('latin1', lines.start, lines.end));
    }
    expect(found.filter((text) => `${text}\n` === line('acme'))).toHaveLength(2);
    expect(found).not.toContain('noise');
  });

  test('loses no line that is cut between two chunks', () => {
    const text = `noise\nnoise\n${line('acme')}noise\n${line('acme')}`;
    for (let size = 1; size <= text.length; size++) {
      const lines = new Lines();
      const mentions = new Mentions('acme');
      let found = 0;
      for (let at = 0; at < text.length; at += size) {
        lines.push(Buffer.from(text.slice(at, at + size)));
        for (lines.skipTo(mentions); lines.advance(); lines.skipTo(mentions))
          if (lines.bytes.toString('latin1', lines.start, lines.end).includes(' acme ')) found++;
      }
      expect(found).toBe(2);
    }
  });
});
