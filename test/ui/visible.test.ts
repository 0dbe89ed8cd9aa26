import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLine } from '../../src/ui/json-line.ts';
import { cut, visible, widthOf } from '../../src/ui/visible.ts';

describe('text of others', () => {
  it.each([
    ['Grüße 文件 🎉.pdf', 'Grüße 文件 🎉.pdf'],
    ['a\nb\rc\td', 'a\\nb\\rc\\td'],
    ['\u001b[2J\u0007', '\\x1b[2J\\x07'],
    ['\u007f\u009b31m', '\\x7f\\x9b31m'],
    ['\u202efdp.exe', '\\u202efdp.exe'],
    ['a\u200bb\u2028c\ufeffd', 'a\\u200bb\\u2028c\\ufeffd'],
    ['half \ud83c', 'half \\ud83c'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\\n', '\\\\n'],
  ])('%j is shown as %s', (text, shown) => expect(visible(text)).toBe(shown));

  it('shows nothing of any text that acts or hides, and two texts never alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        expect(visible(one)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        if (one !== other) expect(visible(one)).not.toBe(visible(other));
      }),
    );
  });

  it.each([
    ['', 0],
    ['abc', 3],
    ['Gruße', 5],
    ['e\u0301', 1],
    ['文件', 4],
    ['🎉', 2],
  ])('%j takes %i columns', (text, width) => expect(widthOf(text)).toBe(width));

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, ''],
    ['文件夹', 4, '文…'],
    ['文件夹', 5, '文件…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%j in %i columns is %j', (text, width, shown) => {
    expect(cut(text, width)).toBe(shown);
    expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
  });

  it('is the same value in JSON, and cannot play there either', () => {
    const value = { path: 'a\n\u001b[2J\u007f\u009b1m\u202ex\u2028文件\\' };
    expect(jsonLine(value)).toBe('{"path":"a\\n\\u001b[2J\\u007f\\u009b1m\\u202ex\\u2028文件\\\\"}');
    expect(JSON.parse(jsonLine(value))).toEqual(value);
  });
});
