import { describe, expect, it } from 'vitest';
import { type Access, accessOf, declaredWith, expiryFor, isShut } from '../../src/plan/access.ts';

const OPEN: Access = { locked: false, until: null, expires: null };

describe('who may log in, as shadow and what was declared have it between them', () => {
  const cases: [string, Access, number | null, object][] = [
    ['open', OPEN, null, {}],
    ['open until a date', { ...OPEN, expires: '2026-12-24' }, 20811, {}],
    ['locked', { ...OPEN, locked: true }, 1, {}],
    ['locked until a date', { ...OPEN, locked: true, until: '2027-01-01' }, 1, { lockedUntil: '2027-01-01' }],
    [
      'locked, and to expire later',
      { locked: true, until: '2027-01-01', expires: '2028-02-29' },
      1,
      { lockedUntil: '2027-01-01', expires: '2028-02-29' },
    ],
  ];
  it.each(cases)('%s: there and back again', (_, access, day, kept) => {
    expect(expiryFor(access)).toEqual({ day });
    const declared = declaredWith({ mail: 'it@acme.test', expires: '2001-01-01', lockedUntil: '2002-02-02' }, access);
    expect(declared).toEqual({ mail: 'it@acme.test', ...kept });
    expect(accessOf({ expires: day }, declared)).toEqual(access);
  });

  it('takes an account that somebody else locked for locked, and a negative day for none', () => {
    expect(accessOf({ expires: 0 })).toEqual({ ...OPEN, locked: true });
    expect(accessOf({ expires: -1 })).toEqual(OPEN);
  });

  it('shuts an account from the beginning of the day on', () => {
    const access = { ...OPEN, expires: '2026-12-24' };
    expect([isShut(access, '2026-12-23'), isShut(access, '2026-12-24'), isShut(OPEN, '2026-12-24')]).toEqual([
      ...[false, true, false],
    ]);
  });
});
