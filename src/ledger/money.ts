import type { Decimal } from '../spec.ts';

/** Money, counted in the smallest unit of its currency. */
export type Money = bigint;

/** A decimal number as a fraction. */
const fractionOf = (decimal: Decimal): readonly [numerator: bigint, denominator: bigint] => {
  const [whole = '', fraction = ''] = decimal.split('.');
  return [BigInt(whole + fraction), 10n ** BigInt(fraction.length)];
};

/** To the nearest whole number; a half goes away from zero. */
export function rounded(numerator: bigint, denominator: bigint): bigint {
  const sign = numerator < 0n ? -1n : 1n;
  return (sign * (2n * sign * numerator + denominator)) / (2n * denominator);
}

export const isZero = (decimal: Decimal): boolean => fractionOf(decimal)[0] === 0n;

/** A sum of money that was written down. */
export const moneyOf = (decimal: Decimal, decimals: number): Money => priceOf(1, { rate: decimal, per: 1 }, decimals);

/**
 * What so many bytes cost: rounded once, to the nearest smallest unit, a half up.
 *
 * @param share how much of it is charged, as a fraction
 */
export function priceOf(
  bytes: number,
  { rate, per }: { rate: Decimal; per: number },
  decimals: number,
  share: readonly [part: number, whole: number] = [1, 1],
): Money {
  const [numerator, denominator] = fractionOf(rate);
  const [part, whole] = share.map(BigInt) as [bigint, bigint];
  return rounded(BigInt(bytes) * numerator * part * 10n ** BigInt(decimals), BigInt(per) * denominator * whole);
}

/** `-0.05` */
export function moneyText(money: Money, decimals: number): string {
  const digits = (money < 0n ? -money : money).toString().padStart(decimals + 1, '0');
  const [whole, fraction] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
  return `${money < 0n ? '-' : ''}${whole}${decimals === 0 ? '' : `.${fraction}`}`;
}

export const moneyFrom = (text: string): Money => BigInt(text.replace('.', ''));
