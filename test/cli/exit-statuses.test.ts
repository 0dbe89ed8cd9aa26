import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_STATUSES } from '../../src/errors.ts';
import { typed } from './typed.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');

describe('the table of exit statuses', () => {
  const table = Object.values(EXIT_STATUSES).map(([status, meaning]) => ({ status: String(status), meaning }));

  it('is the same in the README', () => {
    const rows = [...README.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, status, meaning]) => ({ status, meaning }));
    expect(rows).toEqual(table);
  });

  it.each([['--help'], ['init', '--help'], ['recover', '--help']])(
    'stands in the help of: sftpjail %s %s',
    async (...args) => {
      const { status, stdout } = await typed(...args.filter(Boolean));
      expect(status).toBe(0);
      for (const row of table) expect(stdout()).toContain(`${row.status.padEnd(4)} ${row.meaning}`);
    },
  );
});

describe('wrong usage ends with status 2 and a hint', () => {
  it.each([
    ['an unknown command', ['frobnicate'], "unknown command 'frobnicate'"],
    ['an unknown option', ['init', '--force'], "unknown option '--force'"],
    ['a missing name', ['add-user'], "missing required argument 'name'"],
    ['a name that is none', ['add-user', 'Acme Inc'], '"Acme Inc" is not a usable login name'],
    ['a uid that is none', ['add-user', 'acme', '--uid', '12'], '"12" is not a usable uid'],
    ['options that exclude each other', ['uninstall', '--delete-data'], '--delete-data needs --remove-users'],
    ['no command', [], 'no command was given'],
    ['a sysroot that is missing', ['init', '--sysroot', '/no/such/folder'], '--sysroot'],
  ])('%s', async (_what, args, message) => {
    const { status, stderr } = await typed(...args);
    expect(status).toBe(2);
    expect(stderr()).toContain(message);
    expect(stderr()).toMatch(/^sftpjail: hint: /m);
  });
});
