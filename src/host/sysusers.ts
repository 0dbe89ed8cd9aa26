import { mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountState } from '../plan/change.ts';
import type { Host } from './host.ts';
import { setHashes } from './password.ts';
import { namesIn } from './read.ts';
import { gidOf, readRegister } from './register.ts';

interface Newcomer extends AccountState {
  name: string;
}

/** Where systemd-sysusers finds the passwords of new accounts, one file for each (systemd.exec(5), credentials). */
const PASSWORDS = '/run/sftpjail-passwords';

/** Removes what a killed run left behind; no secret, but nothing that should lie about. */
export function removePasswords(): void {
  // One by one, because there may be thousands, of which rmSync would ask each what it is.
  for (const name of namesIn(PASSWORDS)) unlinkSync(join(PASSWORDS, name));
  rmSync(PASSWORDS, { recursive: true, force: true });
}

/**
 * Makes accounts, thousands in one call: systemd-sysusers holds the lock of the account files, and writes the groups with
 * their members before the accounts.
 *
 * @returns whether it was there to do so
 */
export async function createAtOnce(host: Host, newcomers: readonly Newcomer[]): Promise<boolean> {
  const program = host.outside;
  const version = program.run('systemd-sysusers', ['--version']);
  const lines = newcomers.flatMap((newcomer) => linesFor(host, newcomer));
  const image = host.sysroot === '' ? [] : [`--root=${host.sysroot}`];
  removePasswords();
  try {
    layOutPasswords(newcomers);
    if ((await version).code !== 0) return false;
    await program.must('systemd-sysusers', [...image, '-'], {
      input: lines.map((line) => `${line}\n`).join(''),
      env: { CREDENTIALS_DIRECTORY: PASSWORDS, SYSTEMD_LOG_LEVEL: 'warning' },
      timeout: 600_000,
      keepsLock: true,
    });
  } finally {
    removePasswords();
  }
  await ensureUnlocked(host, newcomers);
  return true;
}

const linesFor = (host: Host, { name, uid, group, groups, comment, home, shell }: Newcomer): string[] => [
  `u ${name} ${uid}:${gidOf(host, group)} ${quoted(comment)} ${home} ${shell}`,
  ...groups.map((other) => `m ${name} ${other}`),
];

/** sysusers.d(5): quotes as in a shell, `%` begins a specifier, and `-` stands for nothing. */
const quoted = (comment: string): string =>
  comment === '' ? '-' : `"${comment.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;

/** No password: `*` rather than the `!*` that it would write, with which sshd refuses keys where UsePAM is off. */
function layOutPasswords(newcomers: readonly Newcomer[]): void {
  mkdirSync(PASSWORDS, { mode: 0o700 });
  writeFileSync(join(PASSWORDS, 'none'), '*');
  for (const { name } of newcomers) symlinkSync('none', join(PASSWORDS, `passwd.hashed-password.${name}`));
}

/** Before systemd 249 it asks nobody for passwords. */
async function ensureUnlocked(host: Host, newcomers: readonly Newcomer[]): Promise<void> {
  const { shadow } = readRegister(host);
  const locked = newcomers.filter(({ name }) => shadow.get(name)?.hash.startsWith('!'));
  if (locked.length === 0) return;
  await setHashes(
    host,
    locked.map(({ name }) => [name, '*']),
  );
}
