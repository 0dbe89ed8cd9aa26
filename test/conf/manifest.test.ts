import { describe, expect, it } from 'vitest';
import { complaintText } from '../../src/conf/manifest.ts';
import { judgeItems } from '../../src/conf/manifest-items.ts';
import { yamlItems } from '../../src/conf/manifest-yaml.ts';

const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2nq acme@laptop';
const HASH = '$6$saltsalt$Yz8nqLzWm3xqkP1cC4cVJj7oKq0P3nU9s5yq0r1t2u3v4w5x6y7z8A9B0C1D2E3F4G5H6I7J8K9L0M1N2O3P4Q5';

const parse = (text: string) => judgeItems(yamlItems(text, 'm.yaml'));
const complaintsOf = (text: string) => complaintText(parse(text).complaints).split('\n');

describe('a manifest', () => {
  it('says of each account what it is to be, and nothing of what it leaves out', () => {
    const { users, keys, complaints } = parse(`
users:
  - name: acme
  - name: globex
    readOnly: true
    uid: 70123
    comment: "Globex: no"
    keys: [${ED25519}]
`);
    expect(complaints).toEqual([
      { place: 'm.yaml:7:5', message: expect.stringContaining('comment: "Globex: no" is not') },
    ]);
    expect(users).toEqual([{ place: 'm.yaml:3:5', name: 'acme' }]);
    expect(keys).toEqual([{ line: ED25519, place: 'm.yaml:8:12' }]);
  });

  it('can say everything', () => {
    const text = `users:
  - name: acme
    readOnly: false
    keys:
      - ${ED25519}
    mail: ops@acme.example
    logLevel: DEBUG1
    expires: 2027-12-31
    locked: true
    uid: "70001"
    comment: Acme
    data: [in, out/2027]
    passwordHash: ${HASH}
  - {name: boss, admin: true, mail: null, expires: null}
`;
    expect(parse(text)).toMatchObject({
      complaints: [],
      users: [
        {
          ...{ name: 'acme', role: 'only', mail: 'ops@acme.example', logLevel: 'DEBUG1', expires: '2027-12-31' },
          ...{ locked: true, uid: 70001, comment: 'Acme', folders: ['in', 'out/2027'], passwordHash: HASH },
          keys: [ED25519],
        },
        { name: 'boss', role: 'admin', mail: null, expires: null },
      ],
    });
  });

  it('is refused with everything that is wrong in it, each with its line and column', () => {
    const text = `users:
  - name: Acme Inc
    keyz: []
  - keys: [1]
  - name: globex
    data: [../etc, /etc, a//b, .ssh, ok]
    passwordHash: hunter2hunter2hunter2
  - name: globex
    uid: 0
    expires: 2027-02-30
    admin: true
    shares: [pool]
    readOnly: yes
  - just text
  - name: one
    uid: 70001
  - name: two
    uid: 70001
  - name: one
  - {name: boss, admin: true, data: [in]}
other: 1
`;
    const complaints = complaintsOf(text);
    expect(complaints.map((line) => line.split(' ')[0])).toEqual([
      ...['m.yaml:2:5:', 'm.yaml:3:5:', 'm.yaml:4:5:', 'm.yaml:4:12:'],
      ...['m.yaml:6:12:', 'm.yaml:6:20:', 'm.yaml:6:26:', 'm.yaml:6:32:', 'm.yaml:7:5:'],
      ...['m.yaml:9:5:', 'm.yaml:10:5:', 'm.yaml:13:5:', 'm.yaml:14:5:'],
      ...['m.yaml:17:5:', 'm.yaml:19:5:', 'm.yaml:20:31:', 'm.yaml:21:1:'],
    ]);
    const said = complaints.join('\n');
    expect(said).toContain('keyz is not a key of ours; use one of name, readOnly,');
    expect(said).toContain('lacks name');
    expect(said).toContain('data[1]: "/etc" is not a usable folder');
    expect(said).toContain('m.yaml:19:5: one is described a second time, after m.yaml:15:5');
    expect(said).toContain('uid 70001 is given a second time, after m.yaml:15:5');
    expect(said).not.toContain('hunter2');
  });

  it.each([
    ['', 'm.yaml:1:1: expects users: and a list below it'],
    ['users:\n', 'm.yaml:1:7: users: expects a list'],
    ['users: {}\n', 'm.yaml:1:8: users: expects a list'],
    ['people: []\n', 'm.yaml:1:1: "people" is not a key of ours; use users'],
    ['users:\n  - name: a\n    name: b\n', 'm.yaml:3:5: Map keys must be unique'],
    ['users: [\n', /^m\.yaml:2:1: /],
    ['users:\n  - &a {name: a}\n  - *a\n', /^m\.yaml:3:5: /],
  ])('of no use is said to be so: %j', (text, message) => {
    const [first] = complaintsOf(text);
    if (typeof message === 'string') expect(first).toBe(message);
    else expect(first).toMatch(message);
  });
});
