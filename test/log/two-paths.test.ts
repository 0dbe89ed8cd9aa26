import { describe, expect, test } from 'vitest';
import { readSymlink, readTwoPaths } from '../../src/log/two-paths.ts';

describe('the two names of a message', () => {
  test('are told apart by what stands between them', () => {
    expect(readTwoPaths('/data/a" new "/data/b', false)).toEqual({ path: '/data/a', target: '/data/b' });
    expect(readTwoPaths('/data/sp ace" new "/data/q"uote', false)).toEqual({
      ...{ path: '/data/sp ace', target: '/data/q"uote' },
    });
    expect(readTwoPaths('" new "', false)).toEqual({ path: '', target: '' });
  });

  test('are unescaped; the first is told raw where it is no UTF-8', () => {
    expect(readTwoPaths('/\\351" new "/\\303\\251', false)).toEqual({
      path: '/\ufffd',
      pathRaw: '/\\351',
      target: '/é',
    });
  });

  test('read in every way there is where a name says " new " itself', () => {
    expect(readTwoPaths('/g" new "/h" new "/i', false)).toEqual({
      path: null,
      readings: [
        { path: '/g', target: '/h" new "/i' },
        { path: '/g" new "/h', target: '/i' },
      ],
    });
    expect(readTwoPaths('" new "" new "', false)?.readings).toHaveLength(2);
    // Two that share a quote.
    expect(readTwoPaths('a" new " new "b', false)?.readings).toEqual([
      { path: 'a', target: ' new "b' },
      { path: 'a" new ', target: 'b' },
    ]);
  });

  test('an escaped newline, tab or backslash makes no second reading', () => {
    expect(readTwoPaths('/a"\\nnew "/b" new "/c', false)).toEqual({ path: '/a"\nnew "/b', target: '/c' });
  });

  test('are none without it', () => {
    expect(readTwoPaths('/data/a', false)).toBeNull();
    expect(readTwoPaths('', false)).toBeNull();
    expect(readTwoPaths('/a"new "/b', false)).toBeNull();
  });

  test('of a message that was cut only the first is known, and may go on', () => {
    expect(readTwoPaths('/data/aaa', true)).toEqual({ path: '/data/aaa', pathCut: true });
    expect(readTwoPaths('/data/a" new "/data/b', true)).toEqual({ path: '/data/a', pathCut: true });
    expect(readTwoPaths('/data/\\303\\2', true)).toEqual({ path: '/data/', pathCut: true });
  });
});

describe('a symlink', () => {
  test('is what stands second, and says what stands first', () => {
    expect(readSymlink('c.txt" new "/data/link', false)).toEqual({ path: '/data/link', target: 'c.txt' });
    expect(readSymlink('a" new "b" new "c', false)).toEqual({
      path: null,
      readings: [
        { path: 'b" new "c', target: 'a' },
        { path: 'c', target: 'a" new "b' },
      ],
    });
  });

  test('has no name where the line was cut', () => {
    expect(readSymlink('/long/text', true)).toEqual({ path: null, pathCut: true, target: '/long/text' });
    expect(readSymlink('/long/text', false)).toBeNull();
  });
});
