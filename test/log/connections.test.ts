import { beforeEach, describe, expect, test } from 'vitest';
import { type Connection, Connections, loginOf } from '../../src/log/connections.ts';
import type { Login } from '../../src/log/session.ts';

const IP = '203.0.113.9';
const ED: Login = { method: 'publickey', keyType: 'ED25519', fingerprint: 'SHA256:A' };
const OTHER: Login = { ...ED, fingerprint: 'SHA256:B' };
const PASSWORD: Login = { method: 'password', keyType: null, fingerprint: null };

let connections: Connections;
beforeEach(() => {
  connections = new Connections();
});

/** A login of acme from this port. */
function accepted(port: number, login: Login | null = ED, second = 0, user = 'acme'): Connection {
  const connection = connections.at(user, IP, port, second, () => '2026-11-20T10:00:00Z');
  connection.login = login;
  return connection;
}

const ports = (found: readonly Connection[]) => found.map(({ port }) => port);

describe('with "Starting session" (sshd at VERBOSE)', () => {
  test('one start after the other: each sftp-server is certain', () => {
    for (const port of [1, 2, 3]) {
      connections.start(accepted(port), '0');
      expect(ports(connections.claim('acme', IP, 0))).toEqual([port]);
    }
  });

  test('several starts waiting: none is, until as many have come', () => {
    for (const port of [1, 2, 3]) connections.start(accepted(port), '0');
    for (let come = 0; come < 3; come++) expect(ports(connections.claim('acme', IP, 0))).toEqual([1, 2, 3]);
    connections.start(accepted(4), '0');
    expect(ports(connections.claim('acme', IP, 0))).toEqual([4]);
  });

  test('a start beside one that is certain already', () => {
    connections.start(accepted(1), '0');
    expect(ports(connections.claim('acme', IP, 0))).toEqual([1]);
    connections.start(accepted(2), '0');
    expect(ports(connections.claim('acme', IP, 0))).toEqual([2]);
  });

  test('others, and the same user from elsewhere, are no candidates', () => {
    connections.start(accepted(1), '0');
    connections.start(accepted(2, ED, 0, 'umbrella'), '0');
    const elsewhere = connections.at('acme', '198.51.100.7', 3, 0, () => '');
    connections.start(elsewhere, '0');
    expect(ports(connections.claim('acme', IP, 0))).toEqual([1]);
    expect(ports(connections.claim('acme', '198.51.100.7', 0))).toEqual([3]);
  });

  test('the same line in two logs is one start, two channels of one connection are two', () => {
    const connection = accepted(1);
    for (const id of ['0', '0', '1']) connections.start(connection, id);
    expect(connection.started).toBe(2);
    expect(ports(connections.claim('acme', IP, 0))).toEqual([1]);
  });

  test('a start that nothing came of makes the next no less certain', () => {
    const refused = accepted(1);
    connections.start(refused, '0');
    connections.finish(refused, '0');
    connections.start(accepted(2), '0');
    expect(ports(connections.claim('acme', IP, 0))).toEqual([2]);
  });
});

describe('without it (sshd at INFO)', () => {
  test('whoever is connected can be it', () => {
    accepted(1);
    expect(ports(connections.claim('acme', IP, 0))).toEqual([1]);
    accepted(2);
    expect(ports(connections.claim('acme', IP, 0))).toEqual([1, 2]);
    expect(connections.claim('acme', '198.51.100.7', 0)).toEqual([]);
    expect(connections.claim('umbrella', IP, 0)).toEqual([]);
  });

  test('who came later or was gone before cannot', () => {
    const gone = accepted(1);
    [gone.end, gone.endSecond] = ['orderly', 5];
    accepted(2, ED, 20);
    expect(ports(connections.claim('acme', IP, 5))).toEqual([1]);
    expect(ports(connections.claim('acme', IP, 10))).toEqual([]);
    expect(ports(connections.claim('acme', IP, 20))).toEqual([2]);
  });

  test('who is forgotten cannot', () => {
    connections.forget(accepted(1));
    expect(connections.claim('acme', IP, 0)).toEqual([]);
    expect(connections.isEmpty).toBe(true);
  });
});

describe('an address and a port', () => {
  test('name the connection while it lasts, and another after it', () => {
    const first = accepted(1);
    expect(accepted(1)).toBe(first);
    [first.end, first.endSecond] = ['lost', 5];
    // A line of it that was late.
    expect(accepted(1, ED, 6)).toBe(first);
    const second = accepted(1, ED, 60);
    expect(second).not.toBe(first);
    expect(connections.byAddress(IP, 1)).toBe(second);
  });

  test('of another user are another connection', () => {
    const acme = accepted(1);
    expect(accepted(1, ED, 0, 'umbrella')).not.toBe(acme);
    expect(connections.claim('acme', IP, 0)).toEqual([]);
  });

  test('a process is of its last connection', () => {
    const [first, second] = [accepted(1), accepted(2)];
    connections.bindProcess(700, first);
    connections.bindProcess(700, second);
    connections.forget(first);
    expect(connections.byProcess(700)).toBe(second);
  });
});

describe('the login of a session that can be of several connections', () => {
  test.each([
    ['of none', [], { login: null, port: null }],
    ['of one', [[1, ED]], { login: ED, port: 1 }],
    ['of one whose port is blank', [[0, ED]], { login: ED, port: null }],
    ['of one whose login is not in the log', [[1, null]], { login: null, port: 1 }],
    [
      'with one key: the key is certain',
      [
        [1, ED],
        [2, { ...ED }],
      ],
      { login: ED, port: null },
    ],
    [
      'with two keys',
      [
        [1, ED],
        [2, OTHER],
      ],
      { login: { ...ED, fingerprint: null, ambiguous: true }, port: null },
    ],
    [
      'with a key and a password',
      [
        [1, ED],
        [2, PASSWORD],
      ],
      { login: { method: null, keyType: null, fingerprint: null, ambiguous: true }, port: null },
    ],
    [
      'with a key, and one whose login is not in the log',
      [
        [1, ED],
        [2, null],
      ],
      { login: { method: null, keyType: null, fingerprint: null, ambiguous: true }, port: null },
    ],
  ] as [string, [number, Login | null][], ReturnType<typeof loginOf>][])('%s', (_, several, found) => {
    expect(loginOf(several.map(([port, login]) => accepted(port, login)))).toEqual(found);
  });
});
