import { describe, expect, it } from 'vitest';
import { moneyFrom, moneyOf, moneyText, priceOf, rounded } from '../../src/ledger/money.ts';
import { parseDecimal, parseSize } from '../../src/spec.ts';

const price = (bytes: number, rate: string, per = 1e9, decimals = 2, share?: [number, number]) =>
  moneyText(priceOf(bytes, { rate: parseDecimal(rate), per }, decimals, share), decimals);

describe('money', () => {
  it.each([
    [1, 2, 1],
    [-1, 2, -1],
    [3, 2, 2],
    [1, 3, 0],
    [2, 3, 1],
    [-5, 3, -2],
    [0, 7, 0],
  ])('%i/%i is rounded to %i: to the nearest, a half away from zero', (numerator, denominator, expected) =>
    expect(rounded(BigInt(numerator), BigInt(denominator))).toBe(BigInt(expected)),
  );

  it('is what bytes cost, rounded once', () => {
    expect(price(1e9, '0.05')).toBe('0.05');
    expect(price(99_999_999, '0.05')).toBe('0.00');
    expect(price(100_000_000, '0.05')).toBe('0.01');
    expect(price(1_073_741_824, '1', 2 ** 30)).toBe('1.00');
    expect(price(1e9, '100', 1e9, 0)).toBe('100');
    expect(price(31e9, '1', 1e9, 2, [1, 31])).toBe('1.00');
    // 0.1 + 0.2 and their like: three tenths are three tenths.
    expect(price(3e9, '0.1')).toBe('0.30');
    expect(price(Number.MAX_SAFE_INTEGER, '0.000000001', 1)).toBe('9007199.25');
  });

  it('reads back', () => {
    for (const text of ['0.00', '-0.05', '12.30', '-1234.56']) expect(moneyText(moneyFrom(text), 2)).toBe(text);
    expect(moneyText(moneyOf(parseDecimal('49.005'), 2), 2)).toBe('49.01');
    expect(moneyText(moneyFrom('-7'), 0)).toBe('-7');
  });

  it.each(['-1', '1,5', '1e3', '.5', '1.', '', ' 1', '1 '])('is not %j', (text) =>
    expect(() => parseDecimal(text)).toThrow(/is not a decimal number/),
  );
});

describe('amounts of bytes', () => {
  it.each([
    ['0 B', 0],
    ['1.5 TB', 1_500_000_000_000],
    ['100GB', 100_000_000_000],
    ['1 kB', 1000],
    ['1.5 GiB', 1_610_612_736],
  ])('%s are %i', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['100', '-1 GB', '1 gb', '0.5 B', '1 KB', '1 PB', 'GB', '99999999 TB'])('are not %s', (text) =>
    expect(() => parseSize(text)).toThrow(/is not an amount of bytes/),
  );
});
