import { jailSocket, sharedSocket } from '../conf/sockets.ts';
import type { Context } from '../context.ts';
import { reasonOf, wrongUsage } from '../errors.ts';
import { link } from '../host/links.ts';
import { accountsOf } from '../host/look.ts';
import { lstatOrNull, textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import type { Account } from '../plan/facts.ts';
import { jailOf, keysOf } from '../plan/user.ts';
import { table } from '../ui/table.ts';

export interface ListedUser {
  name: string;
  uid: number;
  mode: 'read-write' | 'read-only' | 'admin';
  /** Whether the account has expired, so that nobody can log in to it. */
  locked: boolean;
  keys: number;
  password: boolean;
  jail: string;
  /** Whether what happens in the jail reaches the log; `own` is a socket of the jail's own. */
  link: 'current' | 'stale' | 'missing' | 'own' | 'damaged';
  /** When something was last added to, renamed in or removed from the top of the data folder (ISO 8601), or null. */
  lastChange: string | null;
}

export interface ListOptions {
  format?: string;
  hashes?: boolean;
}

/** The accounts of ours, by name. */
export async function listUsers(context: Context, { format, hashes = false }: ListOptions): Promise<void> {
  const { host, config, options, say } = context;
  if (hashes && format !== 'manifest')
    throw wrongUsage('--hashes belongs to --format manifest', 'sftpjail list-users --format manifest --hashes');
  if (format === 'manifest') return (await import('./list-manifest.ts')).listManifest(context, hashes);
  if (format !== undefined && format !== 'table' && format !== 'json')
    throw wrongUsage(`${JSON.stringify(format)} is not a format of ours`, 'use --format table, json or manifest');
  const users = accountsOf(config, readRegister(host))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map((account) => listed(context, account));
  if (options.json || format === 'json') return say.result(JSON.stringify({ users }));
  if (users.length === 0) return say.note('No customers yet: sftpjail add-user NAME --key FILE');
  const rows = users.map(({ name, uid, mode, locked, keys, password, jail, link: state, lastChange }) => [
    ...[
      name,
      String(uid),
      `${mode}${locked ? ', locked' : ''}`,
      `${keys}${password ? ' + password' : ''}`,
      jail,
      state,
    ],
    lastChange?.slice(0, 16).replace('T', ' ') ?? '-',
  ]);
  for (const line of table(['NAME', 'UID', 'MODE', 'KEYS', 'JAIL', 'LINK', 'LAST CHANGE (UTC)'], rows))
    say.result(line);
}

const MODES = { only: 'read-write', readOnly: 'read-only', admin: 'admin' } as const;

/** What is damaged about one account hides none of the others. */
function listed(context: Context, account: Account): ListedUser {
  const { config, say, now } = context;
  const { name, uid, role, hasPassword, expires } = account;
  const jail = role === 'admin' ? config.root : jailOf(config, name);
  const known = { name, uid, mode: MODES[role], locked: isLocked(expires, now()), password: hasPassword, jail };
  try {
    return { ...known, ...foundOnDisk(context, account, jail) };
  } catch (error) {
    say.warn(`${name}: ${reasonOf(error)}`);
    return { ...known, keys: 0, link: 'damaged', lastChange: null };
  }
}

const DAY = 86_400_000;

/** shadow(5) counts days since 1970; the account is shut from the beginning of that day on. */
const isLocked = (expires: number | null, now: Date): boolean =>
  expires !== null && expires >= 0 && now.getTime() >= expires * DAY;

function foundOnDisk(
  { host, config }: Context,
  { name, role }: Account,
  jail: string,
): Pick<ListedUser, 'keys' | 'link' | 'lastChange'> {
  const data = role === 'admin' ? null : lstatOrNull(host.path(`${jail}/${config.data}`));
  const keys = (textOrNull(host.followed(keysOf(name))) ?? '')
    .split('\n')
    .filter((line) => /\S/.test(line) && !line.startsWith('#'));
  return {
    keys: keys.length,
    link: linkState({ host, config }, name, role),
    lastChange: data?.mtime.toISOString() ?? null,
  };
}

function linkState(
  { host, config }: Pick<Context, 'host' | 'config'>,
  name: string,
  role: Account['role'],
): ListedUser['link'] {
  const shared = sharedSocket(config);
  const own = role === 'admin' || config.log.socket === 'per-jail';
  const at = role === 'admin' ? shared : jailSocket(config, name);
  if (own) return lstatOrNull(host.path(at))?.isSocket() ? 'own' : 'missing';
  const found = link.read(host, at, { to: shared }) as { to: string } | null;
  if (found === null) return 'missing';
  return found.to === shared ? 'current' : 'stale';
}
