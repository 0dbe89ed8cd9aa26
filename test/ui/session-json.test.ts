import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionChange, Transfer } from '../../src/log/session.ts';
import { jsonLine } from '../../src/ui/json-line.ts';
import { sessionJson } from '../../src/ui/session-json.ts';
import { change, session, transfer } from './session.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a"b', 'a\\b', 'é', '\u007f', '\u009b31m', '\u202e', '\u2028', '\ud83c', '~', ' ', '['),
);
const bytes = fc.oneof(fc.constant(null), fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 1e21, 1e300, Infinity));
const stamp = fc.constantFrom('2026-11-20T09:00:00Z', '2026-11-20T09:00:00.000001Z');
const stampOrNull = fc.option(stamp);

/** Without what is undefined: a session has no such fields. */
const defined = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Value;

const transfers: fc.Arbitrary<Transfer> = fc
  .record(
    {
      ...{ path: text, pathRaw: text, pathCut: fc.constant(true as const), error: text },
      ...{ n: fc.nat(), bytesRead: bytes, bytesWritten: bytes, exact: fc.boolean() },
      direction: fc.constantFrom('upload', 'download', 'both', 'none'),
      status: fc.constantFrom('completed', 'partial', 'failed', 'unknown'),
      copy: fc.constantFrom('likely', 'certain'),
      ...{ opened: stampOrNull, closed: stampOrNull },
    },
    { requiredKeys: [] },
  )
  .map((given) => transfer(defined(given)));

const changes: fc.Arbitrary<SessionChange> = fc
  .record(
    {
      ...{ n: fc.nat(), at: stamp, path: fc.option(text), target: text, error: text, request: text },
      action: fc.constantFrom('remove', 'rename', 'mkdir', 'symlink', 'set', 'refused'),
      readings: fc.array(fc.record({ path: text, target: text })),
      set: fc.record({ size: fc.nat(), mode: fc.constant('0644'), uid: fc.nat(), gid: fc.nat() }, { requiredKeys: [] }),
      status: fc.constantFrom('completed', 'failed', 'unknown'),
    },
    { requiredKeys: [] },
  )
  .map((given) => change(defined(given)));

describe('a session as JSON', () => {
  it('is what jsonLine says of it', () => {
    fc.assert(
      fc.property(
        fc.array(transfers),
        fc.array(changes),
        fc.record({ host: text, user: fc.option(text), omitted: fc.nat() }, { requiredKeys: [] }),
        (ofTransfers, ofChanges, given) => {
          const { omitted, ...head } = given;
          const one = session({ ...defined(head), transfers: ofTransfers, changes: ofChanges });
          if (omitted !== undefined) one.omitted = omitted;
          expect(sessionJson(one)).toBe(jsonLine(one));
        },
      ),
      { numRuns: 500 },
    );
  });
});
