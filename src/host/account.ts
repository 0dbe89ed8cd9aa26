import { createHash } from 'node:crypto';
import { OperatorError } from '../errors.ts';
import type { AccountState } from '../plan/change.ts';
import { shadowTool } from './group.ts';
import type { Host } from './host.ts';
import type { KindOnHost } from './kind.ts';
import { textOrNull } from './read.ts';
import { groupName, readRegister } from './register.ts';

export function readAccount(host: Host, name: string): AccountState | null {
  const { users, groups } = readRegister(host);
  const found = users.get(name);
  if (found === undefined) return null;
  const memberOf = [...groups.values()].filter(({ members }) => members.includes(name)).map((entry) => entry.name);
  return {
    uid: found.uid,
    group: groupName(host, found.gid),
    groups: memberOf.sort(),
    comment: found.comment,
    home: found.home,
    shell: found.shell,
  };
}

export const account: KindOnHost<'account'> = {
  read: readAccount,

  async put(host, at, state) {
    const found = readRegister(host).users.get(at);
    if (state === null) {
      // Never with -r: the home is a path inside the jail, and userdel would remove the host's directory of that name.
      if (found) await accountTool(host, 'userdel', [at]);
    } else if (found === undefined) {
      await accountTool(host, 'useradd', creation(at, { ...state, group: state.groups[0] ?? state.group }));
      await accountTool(host, 'usermod', ['--gid', state.group, at]);
    } else await accountTool(host, 'usermod', [...common(state), at]);
  },
};

const common = ({ uid, group, groups, comment, home, shell }: AccountState): string[] => [
  ...['--uid', String(uid)],
  ...['--gid', group, '--groups', groups.join(',')],
  ...['--comment', comment, '--home', home, '--shell', shell],
];

/**
 * Its groups come with the account in one call, the role's as its primary group for the moment: useradd writes the passwd
 * file before the group file, and in between only the primary group keeps the account inside of sshd's blocks.
 */
const creation = (name: string, state: AccountState): string[] => [
  ...common(state),
  '--no-create-home',
  '--no-user-group',
  // No password: `*` rather than `!`, with which sshd refuses keys where UsePAM is off.
  ...['--password', '*'],
  // Ranges of sub-uids serve containers; 65,536 for each customer would use them all up.
  ...['-K', 'SUB_UID_COUNT=0', '-K', 'SUB_GID_COUNT=0'],
  name,
];

async function accountTool(host: Host, program: string, args: readonly string[]): Promise<void> {
  try {
    await shadowTool(host, program, args);
  } catch (error) {
    if (!(error instanceof OperatorError) || !/lock/.test(error.message)) throw error;
    throw new OperatorError(
      error.outcome,
      `another program holds the lock of the account files: ${error.message}`,
      'look who does with: fuser -v /etc/.pwd.lock /etc/passwd.lock; then run the command again',
    );
  }
}

export const expiry: KindOnHost<'expiry'> = {
  read(host, at) {
    const day = readRegister(host).shadow.get(at)?.expires ?? null;
    return { day: day !== null && day < 0 ? null : day };
  },

  async put(host, at, state) {
    if (state === null || !readRegister(host).users.has(at)) return;
    const args = host.sysroot === '' ? [] : ['--root', host.sysroot];
    await host.outside.must('chage', [...args, '--expiredate', String(state.day ?? -1), at], { keepsLock: true });
  },
};

/** The one secret of a plan is handed over beside it, in memory. */
export const passwordWith = (secrets: ReadonlyMap<string, string>): KindOnHost<'password'> => ({
  read(host, at, wanted) {
    if (!readRegister(host).shadow.get(at)?.hasPassword) return null;
    const { unlike } = wanted ?? {};
    return { set: true, ...(unlike !== undefined && unlike !== digestOfPassword(host, at) && { unlike }) };
  },

  async put(host, at, state) {
    const secret = secrets.get(at);
    const { hasPassword = false } = readRegister(host).shadow.get(at) ?? {};
    // One that was replaced cannot be had back: until then it is there, and nothing is to be undone.
    if (state !== null && secret !== undefined && !(hasPassword && state.unlike === undefined))
      await setPassword(host, at, secret);
    // Only where there was none before: an unknown password must not stay behind.
    if (state === null && hasPassword) await accountTool(host, 'usermod', ['--password', '*', at]);
  },
});

/** Tells one password from another and nothing about either: what is digested is salted already. */
export function digestOfPassword(host: Host, name: string): string {
  const lines = (textOrNull(host.followed('/etc/shadow')) ?? '').split('\n');
  const [, hash = ''] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  return createHash('sha256').update(hash).digest('hex').slice(0, 16);
}

async function setPassword(host: Host, name: string, secret: string): Promise<void> {
  const args = host.sysroot === '' ? [] : ['--root', host.sysroot];
  const result = await host.outside.run('chpasswd', args, { input: `${name}:${secret}\n`, keepsLock: true });
  if (result.code !== 0)
    throw new OperatorError('rolledBack', `chpasswd did not take the password of ${name}: ${result.stderr.trim()}`);
}
