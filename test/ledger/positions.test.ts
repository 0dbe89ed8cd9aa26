import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { Positions, renderPositions } from '../../src/ledger/positions.ts';
import { runs } from '../log/runs.ts';

it.each([
  [[], ''],
  [[3], '3'],
  [[1, 2, 3, 5, 7, 8], '1-3,5,7-8'],
])('places %j are written as %j', (positions, text) => expect(renderPositions(positions)).toBe(text));

test('places are read back, and each is known from its neighbours', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (list) => {
      const positions = list.map((position) => position + 1).sort((a, b) => a - b);
      const read = new Positions(renderPositions(positions));
      expect([...read]).toEqual(positions);
      for (let position = 0; position < 65; position++) expect(read.has(position)).toBe(positions.includes(position));
    }),
    runs(200),
  );
});
