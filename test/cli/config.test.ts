import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import { parseConfig } from '../../src/config-file.ts';

const parse = (text: string) => parseConfig(text, 'config.yaml');

describe('the configuration', () => {
  it('may say nothing', () => expect(parse('')).toEqual(DEFAULT_CONFIG));

  it('changes what it names and nothing else', () => {
    expect(parse('root: /data\ngroups:\n  only: sftponly\n')).toEqual({
      ...DEFAULT_CONFIG,
      root: '/data',
      groups: { ...DEFAULT_CONFIG.groups, only: 'sftponly' },
    });
  });

  it('is installed with the defaults as comments, all of them true', () => {
    const template = readFileSync(resolve(import.meta.dirname, '../../templates/etc/sftpjail/config.yaml'), 'utf8');
    const uncommented = template
      .split('\n')
      .slice(2)
      .map((line) => line.replace(/^# ?/, ''))
      .join('\n');
    expect(parse(template)).toEqual(DEFAULT_CONFIG);
    expect(parse(uncommented)).toEqual(DEFAULT_CONFIG);
    for (const key of Object.keys(DEFAULT_CONFIG)) expect(uncommented).toMatch(new RegExp(`^${key}:`, 'm'));
  });

  it('names the keys that may stand where a wrong one does, also below names of the administrator', () => {
    const hint = (text: string) => {
      try {
        parse(text);
      } catch (error) {
        return (error as { hint?: string }).hint;
      }
      return undefined;
    };
    expect(hint('billing: {plans: {gold: {x: 1}}}')).toBe('use one of: base, upload, download, volume, storage, quota');
    expect(hint('billing: {accounts: {acme: {x: 1}}}')).toBe(
      'use one of: plan, base, upload, download, volume, storage, quota',
    );
    const webhook = '{url: "https://example.com/x", secretFile: /etc/x, x: 1}';
    expect(hint(`webhooks: [${webhook}]`)).toBe('use one of: url, on, secretFile');
  });

  it('says where the ledger is, and never with a password in it', () => {
    for (const database of [
      'sqlite',
      '/srv/ledger.db',
      'postgres://sftpjail@db.example.com:5432/ledger?sslmode=require',
    ])
      expect(parse(`ledger: { database: "${database}" }\n`).ledger.database).toBe(database);
    for (const database of ['postgres://a:hunter2@b/c', 'postgresql://b/c?password=hunter2'])
      expect(() => parse(`ledger: { database: "${database}" }\n`)).toThrow(
        /^config\.yaml:1: ledger\.database: a password stands in the address of the ledger(?!.*hunter2)/s,
      );
    expect(() => parse('ledger: { database: ledger.db }\n')).toThrow('this is not a place for a ledger');
    expect(() => parse('ledger: { passwordFile: /a }\n')).toThrow('SQLite knows no password');
    expect(() => parse('ledger: { database: /sftp-root/x.db }\n')).toThrow('must not stand below root');
    expect(() => parse('watch: { metricsFile: /sftp-root/acme/data/x }\n')).toThrow('must not stand below root');
  });

  it('says where to look for logs and how to read them', () => {
    const text = 'log: {sshd: /var/log/secure, timezone: Europe/Berlin, detail: 7}\n';
    expect(parse(text).log).toEqual({
      ...DEFAULT_CONFIG.log,
      ...{ sshd: '/var/log/secure', timezone: 'Europe/Berlin', detail: 7 },
    });
  });

  it('says in whose name each host may speak', () => {
    const text = 'log: {receive: "[2001:db8::1]:2514", senders: {10.0.0.3: sftp3, "2001:db8::3": sftp3}}\n';
    expect(parse(text).log.senders).toEqual({ '10.0.0.3': 'sftp3', '2001:db8::3': 'sftp3' });
  });

  it.each([
    ['an unknown key', 'rot: /data\n', /^config\.yaml:1: rot is not a key of ours/],
    ['an unknown key further in', 'sftp:\n  umask: "007"\n  mode: x\n', /^config\.yaml:3: sftp\.mode is not a key/],
    [
      'a umask that YAML took for a number',
      'sftp:\n  umask: 0007\n',
      /^config\.yaml:2: sftp\.umask: expects text in quotes/,
    ],
    ['a path that is none', '\nroot: data\n', /^config\.yaml:2: root: "data" is not a usable path/],
    [
      'a level that OpenSSH does not know',
      'sftp: {logLevel: LOUD}\n',
      /^config\.yaml:1: sftp\.logLevel: "LOUD" is not a log level that keeps transfers on record/,
    ],
    [
      'a word that is not offered',
      'log: {socket: none}\n',
      /^config\.yaml:1: log\.socket: expects one of shared, per-jail/,
    ],
    ['broken YAML', 'root: [\n', /^config\.yaml:\d+: /],
    ['a list', '- root\n', /^config\.yaml:\d+: /],
    ['two groups of one name', 'groups: {only: sftp}\n', /two of the four groups have the same name/],
    ['uids backwards', 'uids: {first: 90000, last: 80000}\n', /first is greater than last/],
    ['a log inside the jails', 'log: {file: /sftp-root/x.log}\n', /must not stand below root/],
    ["sshd's log inside the jails", 'log: {sshd: /sftp-root/acme/data/auth.log}\n', /log\.sshd: the log must not/],
    ["a path of sshd's log that is none", 'log: {sshd: automatic}\n', /^config\.yaml:1: log\.sshd: "automatic" is not/],
    [
      'a zone that is none',
      'log:\n  timezone: Europe/Atlantis\n',
      /^config\.yaml:2: log\.timezone: "Europe\/Atlantis"/,
    ],
    ['an offset for a zone', 'log: {timezone: "+02:00"}\n', /^config\.yaml:1: log\.timezone: "\+02:00" is not a time/],
    [
      'money that YAML took for a float',
      'billing:\n  rates: {base: 9.90}\n',
      /^config\.yaml:2: billing\.rates\.base: expects a number in quotes/,
    ],
    [
      'bytes without their unit',
      'billing:\n  rates:\n    volume: {included: "100"}\n',
      /^config\.yaml:3: billing\.rates\.volume\.included: "100" is not/,
    ],
    [
      'a plan that there is not',
      'billing:\n  plans: {gold: {}}\n  accounts:\n    acme: {plan: silver}\n',
      /^config\.yaml:4: billing\.accounts\.acme\.plan: there is no plan "silver"; plans: gold/,
    ],
    ['a plan of every object', 'billing: {accounts: {acme: {plan: constructor}}}\n', /there is no plan "constructor"/],
    [
      'an unknown key of a plan',
      'billing:\n  plans:\n    gold:\n      uploads: {}\n',
      /^config\.yaml:4: billing\.plans\.gold\.uploads is not a key/,
    ],
    [
      'an unknown key of a list',
      'webhooks:\n  - url: https://example.com\n    secret: x\n',
      /^config\.yaml:[23]: webhooks\.0\./,
    ],
    [
      'an account of no name',
      'billing:\n  accounts:\n    "a b": {}\n',
      /^config\.yaml:3: billing\.accounts\.a b: "a b" is not a usable login name/,
    ],
    ['a threshold of nothing', 'billing: {notices: [0]}\n', /^config\.yaml:1: billing\.notices\.0: expects at least 1/],
    ['no detail at all', 'log: {detail: 0}\n', /^config\.yaml:1: log\.detail: expects at least 1/],
    [
      'lines from everybody',
      'log: {receive: "10.0.0.1:2514"}\n',
      /log\.receive: whoever reaches the port could invent transfers, so log\.senders has to name/,
    ],
    ['senders to nobody', 'log: {senders: {10.0.0.3: sftp3}}\n', /log\.senders: nothing is received/],
    [
      'a sender here',
      'log: {receive: "10.0.0.1:2514", senders: {10.0.0.1: sftp0}}\n',
      /log\.senders: an address of this host is there/,
    ],
    [
      'a sender of no address',
      'log:\n  receive: "10.0.0.1:2514"\n  senders:\n    sftp3: 10.0.0.3\n',
      /^config\.yaml:4: log\.senders\.sftp3: "sftp3" is no address/,
    ],
    [
      'a sender of no name',
      'log:\n  receive: "10.0.0.1:2514"\n  senders: {10.0.0.3: null}\n',
      /^config\.yaml:3: log\.senders\.10\.0\.0\.3: expects text/,
    ],
    ['half a detail', 'log: {detail: 1.5}\n', /^config\.yaml:1: log\.detail: expects a whole number/],
    ['a root too long for a socket', `root: /${'x'.repeat(120)}\n`, /longer than 107 bytes/],
  ])('refuses %s, with its line', (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
