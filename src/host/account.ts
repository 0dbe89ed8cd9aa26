import { OperatorError } from '../errors.ts';
import type { AccountState } from '../plan/change.ts';
import { satisfies } from '../plan/wish.ts';
import { shadowTool } from './group.ts';
import type { Host } from './host.ts';
import type { KindOnHost, Put } from './kind.ts';
import { groupName, groupsOf, readRegister } from './register.ts';
import { createAtOnce, removePasswords } from './sysusers.ts';

export function readAccount(host: Host, name: string): AccountState | null {
  const { users, groups } = readRegister(host);
  const found = users.get(name);
  if (found === undefined) return null;
  return {
    uid: found.uid,
    group: groupName(host, found.gid),
    groups: groupsOf(groups, name),
    comment: found.comment,
    home: found.home,
    shell: found.shell,
  };
}

export const account: KindOnHost<'account'> = {
  read: readAccount,

  put: putAccount,

  async putMany(host, puts) {
    const { users } = readRegister(host);
    const isNew = ({ at, state }: Put<'account'>) => state !== null && !users.has(at);
    const newcomers = puts.filter(isNew).map(({ at, state }) => ({ name: at, ...(state as AccountState) }));
    const atOnce = newcomers.length > 1 && (await createAtOnce(host, newcomers));
    if (atOnce) for (const { name, ...state } of newcomers) expectMade(host, name, state);
    for (const put of puts) if (!(atOnce && isNew(put))) await putAccount(host, put.at, put.state);
  },
};

async function putAccount(host: Host, at: string, state: AccountState | null): Promise<void> {
  const found = readRegister(host).users.get(at);
  if (state === null) {
    removePasswords();
    // Never with -r: the home is a path inside the jail, and userdel would remove the host's directory of that name.
    if (found) await accountTool(host, 'userdel', [at]);
  } else if (found === undefined) {
    await accountTool(host, 'useradd', creation(at, { ...state, group: state.groups[0] ?? state.group }));
    await accountTool(host, 'usermod', ['--gid', state.group, at]);
  } else await accountTool(host, 'usermod', [...common(state), at]);
}

/** A uid that somebody else took in that moment makes systemd-sysusers choose another one in silence. */
function expectMade(host: Host, name: string, state: AccountState): void {
  const made = readAccount(host, name);
  if (!satisfies(made, state))
    throw new OperatorError(
      'rolledBack',
      `systemd-sysusers made ${name} as ${JSON.stringify(made)}, not ${JSON.stringify(state)}`,
    );
}

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
