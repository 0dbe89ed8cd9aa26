import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listUsers } from '../../src/commands/list-users.ts';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Context } from '../../src/context.ts';
import { openHost } from '../../src/host/host.ts';
import { makeSocket } from '../host/jails.ts';

const NAMES = ['acme', 'broken', 'closed', 'looped', 'tomorrow'];
const TODAY = 20_000;
const EXPIRES: Record<string, number> = { closed: TODAY, tomorrow: TODAY + 1, broken: 0 };

let image: string;
beforeEach(async () => {
  image = realpathSync(mkdtempSync(join(tmpdir(), 'sftpjail-list-')));
  const put = (at: string, lines: string[]) =>
    writeFileSync(join(image, at), lines.map((line) => `${line}\n`).join(''));
  for (const folder of ['etc/sftpjail/keys', 'sftp-root/dev']) mkdirSync(join(image, folder), { recursive: true });
  put(
    'etc/passwd',
    NAMES.map((name, index) => `${name}:x:${70_000 + index}:990::/data:/usr/sbin/nologin`),
  );
  put('etc/group', ['sftp:x:990:', `sftp-only:x:991:${NAMES.join(',')}`]);
  put(
    'etc/shadow',
    NAMES.map((name) => `${name}:*:19000:0:99999:7::${EXPIRES[name] ?? ''}:`),
  );
  await makeSocket(join(image, 'sftp-root/dev/log'));
  for (const name of ['acme', 'closed', 'tomorrow']) {
    mkdirSync(join(image, 'sftp-root', name, 'dev'), { recursive: true });
    linkSync(join(image, 'sftp-root/dev/log'), join(image, 'sftp-root', name, 'dev/log'));
  }
  writeFileSync(join(image, 'sftp-root/broken'), 'a file where a jail should be');
  symlinkSync('looped', join(image, 'sftp-root/looped'));
});
afterEach(() => rmSync(image, { recursive: true }));

/** What is printed, and what is warned of. */
async function listed(json: boolean) {
  const printed: string[] = [];
  const warned: string[] = [];
  const context: Context = {
    host: openHost(image),
    config: DEFAULT_CONFIG,
    options: { dryRun: false, yes: false, json, quiet: false, color: false, config: '', sysroot: image },
    say: {
      result: (text) => printed.push(text),
      note: () => {},
      warn: (text) => warned.push(text),
      show: () => {},
    },
    now: () => new Date(TODAY * 86_400_000),
    self: { node: '', script: '', config: null },
    typed: 'list-users',
  };
  await listUsers(context, {});
  return { printed, warned };
}

it('one damaged jail hides none of the others', async () => {
  const { printed, warned } = await listed(true);
  const { users } = JSON.parse(printed.join('')) as { users: { name: string; link: string }[] };
  expect(users.map(({ name, link }) => `${name}: ${link}`)).toEqual([
    'acme: current',
    'broken: missing',
    'closed: current',
    'looped: damaged',
    'tomorrow: current',
  ]);
  expect(warned).toEqual([expect.stringMatching(/^looped: .*sftp-root\/looped/)]);
});

it('who is locked is shown, from the day on which the account expires', async () => {
  const { users } = JSON.parse((await listed(true)).printed.join('')) as { users: { name: string; locked: boolean }[] };
  expect(users.filter(({ locked }) => locked).map(({ name }) => name)).toEqual(['broken', 'closed']);
  const table = (await listed(false)).printed.join('\n');
  expect(table).toMatch(/^closed +70002 +read-write, locked +0 /m);
  expect(table).toMatch(/^tomorrow +70004 +read-write +0 /m);
});
