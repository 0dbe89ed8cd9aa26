import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complaintText } from '../../src/conf/manifest.ts';
import { parseUsersConf } from '../../src/conf/users-conf.ts';

const HASH = '$1$salt1234$Zz8nqLzWm3xqkP1cC4cVJ/';
const parse = (text: string) => parseUsersConf(text, 'users.conf');

describe('lines of users.conf', () => {
  it('are read as the atmoz/sftp image reads them', () => {
    const text = [
      '# customers',
      '',
      'foo:passw0rd',
      'bar::1001',
      `baz:${HASH}:e:1002:100:upload,pub/in`,
      'qux:secret 123:1003::upload',
      '',
    ].join('\r\n');
    const { users, complaints, notes } = parse(text);
    expect(complaints).toEqual([]);
    expect(users).toEqual([
      { place: 'users.conf:3:1', name: 'foo', password: 'passw0rd' },
      { place: 'users.conf:4:1', name: 'bar', uid: 1001 },
      { place: 'users.conf:5:1', name: 'baz', passwordHash: HASH, uid: 1002, folders: ['upload', 'pub/in'] },
      { place: 'users.conf:6:1', name: 'qux', password: 'secret 123', uid: 1003, folders: ['upload'] },
    ]);
    expect(notes).toEqual(['the gids of 1 lines are not taken over: the group of every account is ours']);
  });

  it.each([
    ['foo', '1:4: lacks a password; for none, end the name with a colon'],
    [':secret123', '1:1: "" is not a usable login name'],
    ['../foo:secret123', '1:1: "../foo" is not a usable login name'],
    ['Foo:secret123', '1:1: "Foo" is not a usable login name'],
    ['root::', '1:1: "root" is reserved'],
    ['foo:short', '1:5: the password is not usable'],
    ['foo:secret123:e', '1:5: what is given is no hash of a password'],
    ['foo::0', '1:6: "0" is not a usable uid'],
    ['foo::x', '1:6: "x" is not a usable uid'],
    ['foo:::users', '1:7: expects a gid as a number'],
    ['foo::::in,../../etc', '1:11: "../../etc" is not a usable folder'],
    ['foo::::/etc', '1:8: "/etc" is not a usable folder'],
    ['foo::::in,', '1:11: "" is not a usable folder'],
    ['foo::::in:more', '1:11: too many fields'],
    ['foo::\nbar::\nfoo::', '3:1: foo is described a second time, after users.conf:1:1'],
    ['foo::1001\nbar::1001', '2:1: uid 1001 is given a second time, after users.conf:1:1'],
    ['foo:a\nbar', '1:5: the password is not usable'],
    ['foo:pass\u0000word', '1:5: the password is not usable'],
  ])('are refused where they are hostile: %j', (text, message) => {
    const said = complaintText(parse(text).complaints);
    expect(said.startsWith(`users.conf:${message}`)).toBe(true);
    expect(said).not.toMatch(/secret123|short/);
  });

  it('never end in a bug, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => {
        const { users, complaints } = parse(lines.join('\n'));
        expect(users.length + complaints.length).toBeGreaterThanOrEqual(0);
        for (const { name } of users) expect(name).toMatch(/^[a-z_][a-z0-9_-]{0,31}$/);
      }),
    );
  });
});
