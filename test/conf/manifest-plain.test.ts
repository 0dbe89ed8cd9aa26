import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeItems } from '../../src/conf/manifest-items.ts';
import { plainItems } from '../../src/conf/manifest-plain.ts';
import { yamlItems } from '../../src/conf/manifest-yaml.ts';

const FILE = 'm.yaml';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2nq+/= acme@laptop';

const readPlainly = (text: string) => {
  const items = plainItems(text, FILE);
  return items && judgeItems(items);
};
const readByLibrary = (text: string) => judgeItems(yamlItems(text, FILE));

it('reads what list-users writes as the library does', () => {
  const text = `users:
  - name: acme
    uid: 70001
    readOnly: true
    comment: The Acme Co.
    mail: ops@acme.example
    expires: 2027-12-31
    locked: false
    data:
      - in
      - out/2027
    keys:
      - ${KEY}
      - ${KEY}
    passwordHash: $6$salt.salt$hash/hash.
  - name: globex
`;
  const read = readPlainly(text);
  expect(read).toEqual(readByLibrary(text));
  expect(read).toMatchObject({ complaints: [], users: [{ uid: 70001, expires: '2027-12-31' }, { name: 'globex' }] });
});

it('names the places of what is wrong as the library does', () => {
  const text = `users:
  - name: Acme
    keyz: x
    keys:
      - x
    data:
      - in
      - in//x
  - keys: x
    data: 5
  - name: boss
    admin: true
    readOnly: true
  - name: boss
    uid: 70001
  - uid: 70001
    name: other
`;
  const read = readPlainly(text);
  expect(read?.complaints.length).toBeGreaterThan(8);
  expect(read).toEqual(readByLibrary(text));
});

/** What is read plainly, and now and then something close to it. */
const scalar = fc.oneof(
  { arbitrary: fc.constantFrom('acme', 'globex', 'true', '70001', '2027-12-31', KEY, '$6$x', 'a/b', 'x'), weight: 20 },
  fc.constantFrom(
    'No',
    'NULL',
    'yes',
    '~',
    '007',
    '0x1F',
    '1e3',
    '.inf',
    '',
    'a ',
    ' a',
    'a\t',
    'a\r',
    'é',
    'a\u2028b',
  ),
  fc.constantFrom('a: b', 'a #b', 'a#b', '"a"', "'a'", '[in]', '{a: b}', '&a b', '*a', '|', '>', '- a', '? a', 'a:'),
  fc.string({ maxLength: 6 }),
);
const key = fc.oneof(
  { arbitrary: fc.constantFrom('name', 'uid', 'keys', 'data', 'locked', 'admin', 'comment', 'expires'), weight: 20 },
  fc.constantFrom('constructor', 'toString', 'x', '"name"', 'x y'),
);
const entries = fc.array(scalar, { minLength: 1, maxLength: 3 }).map((list) => list.map((one) => `\n      - ${one}`));
const field = fc.oneof(
  { arbitrary: fc.tuple(key, scalar).map(([name, value]) => `${name}: ${value}`), weight: 3 },
  { arbitrary: fc.tuple(key, entries).map(([name, list]) => `${name}:${list.join('')}`), weight: 2 },
);
const item = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => `  - ${fields.join('\n    ')}`);
const line = fc.oneof(
  { arbitrary: item, weight: 20 },
  fc.constantFrom(
    '',
    '  # a',
    '   x: y',
    '     - a',
    '      - a',
    '        a',
    '  -',
    '    name:',
    '...',
    '---',
    'x: y',
  ),
);

it('gives what the library gives, or leaves it to the library', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), fc.constantFrom('\n', '\n', ''), (lines, end) => {
      const text = `users:\n${lines.join('\n')}${end}`;
      const read = readPlainly(text);
      if (read === null) return;
      plain++;
      expect(read).toEqual(readByLibrary(text));
    }),
    { numRuns: 2000 },
  );
  expect(plain).toBeGreaterThan(50);
});
