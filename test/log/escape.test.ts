import { describe, expect, test } from 'vitest';
import { decodeCutPath, decodePath, endsInCutEscape, unescapeBytes, withoutCutEscape } from '../../src/log/escape.ts';

describe('what OpenSSH escaped', () => {
  test.each([
    ['plain and "quoted" \'too\' %s #', 'plain and "quoted" \'too\' %s #'],
    ['\\a\\b\\f\\n\\r\\t\\v', '\u0007\b\f\n\r\t\v'],
    ['\\000\\033\\177', '\0\u001b\u007f'],
    ['a\\\\b', 'a\\b'],
    ['\\\\n', '\\n'],
    ['\\\\\\n', '\\\n'],
    ['\\\\303\\251', '\\303\ufffd'],
    ['na\\303\\257ve \\346\\227\\245 \\360\\237\\230\\200', 'naïve 日 😀'],
    ['\\357\\273\\277bom', '\ufeffbom'],
    ['', ''],
  ])('%s', (escaped, path) => {
    expect(decodePath(escaped).path).toBe(path);
  });

  test('is told raw only where it is no UTF-8', () => {
    expect(decodePath('\\303\\251')).toEqual({ path: 'é' });
    expect(decodePath('caf\\351')).toEqual({ path: 'caf\ufffd', pathRaw: 'caf\\351' });
  });

  test.each([
    ['a byte that begins nothing', '\\200\\200', '\ufffd\ufffd'],
    ['a character that is not all there', '\\346\\227x', '\ufffd\ufffdx'],
    ['an overlong slash', '\\300\\257', '\ufffd\ufffd'],
    ['half of a surrogate pair', '\\355\\240\\200', '\ufffd\ufffd\ufffd'],
    ['beyond the last character', '\\364\\220\\200\\200', '\ufffd\ufffd\ufffd\ufffd'],
  ])('%s is one U+FFFD for each byte', (_, escaped, path) => {
    expect(decodePath(escaped)).toEqual({ path, pathRaw: escaped });
  });

  test('what it never writes is left as it is', () => {
    expect(decodePath('\\x41 \\8').path).toBe('\\x41 \\8');
  });

  test('comes back byte by byte', () => {
    const every = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    expect(unescapeBytes(every)).toEqual(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
  });
});

describe('a path that was cut', () => {
  test.each([
    ['/data/a\\', '/data/a'],
    ['/data/a\\3', '/data/a'],
    ['/data/a\\30', '/data/a'],
    ['/data/a\\\\', '/data/a\\'],
    ['/data/a\\\\\\', '/data/a\\'],
    ['/data/a\\n', '/data/a\n'],
    ['/data/\\303', '/data/'],
    ['/data/\\303\\2', '/data/'],
    ['/data/\\360\\237\\230', '/data/'],
    ['/data/\\303\\251', '/data/é'],
    ['\\', ''],
  ])('%s', (escaped, path) => {
    expect(decodeCutPath(escaped)).toEqual({ path });
  });

  test('keeps what was no UTF-8 before the cut', () => {
    expect(decodeCutPath('/\\351/\\303\\2')).toEqual({ path: '/\ufffd/', pathRaw: '/\\351/\\303' });
  });

  test.each([
    ['a\\', true],
    ['a\\30', true],
    ['a\\303', false],
    ['a\\\\', false],
    ['a\\\\\\', true],
    ['a\\n', false],
    ['a', false],
  ])('%s ends in a cut escape: %s', (escaped, isCut) => {
    expect(endsInCutEscape(escaped)).toBe(isCut);
    expect(withoutCutEscape(escaped) !== escaped).toBe(isCut);
  });
});
