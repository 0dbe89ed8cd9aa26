import { readFileSync, statSync } from 'node:fs';
import { parseDeclared } from '../conf/declared.ts';
import type { Config } from '../config.ts';
import { isErrno, reasonOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { USERS_FOLDER } from '../plan/host.ts';
import { millisecondsOf } from '../spec.ts';
import { isTold, type Kept } from './event.ts';
import { openHooks } from './hooks.ts';
import { isMailed, openMail } from './mail.ts';
import type { Target } from './outbox.ts';
import type { Sink } from './sink.ts';
import { openWebhooks, webhookName } from './webhooks.ts';
import { openWritable } from './writable.ts';

/** Everything that events can go to. @param own reads a template of ours */
export const openSinks = (host: Host, config: Config, own: (name: string) => string): Sink[] => [
  openMail(config, own),
  openHooks(config),
  ...openWebhooks(config),
  ...(config.share.writable ? [openWritable(host, config)] : []),
];

/** Milliseconds: the line of a change is written before the change is made. */
const LINE_FIRST = 500;

/** Decides where an event goes. */
export function openTargets(config: Config, warn: (text: string) => void): (event: Kept) => Target[] {
  const { mail, hooks, webhooks } = config;
  const addressOf = openAddresses(warn);
  return (event) => {
    if (!isTold(event)) return [{ sink: 'writable', to: '', gather: event.touch === 'closed' ? 0 : LINE_FIRST }];
    const isSession = event.event === 'session-closed';
    const isOwn = isSession || event.event === 'quota-reached';
    const own = isOwn && mail.receipts && event.user !== null ? addressOf(event.user) : null;
    const readers = isMailed(event, config) ? [...mail.to, ...(own === null ? [] : [own])] : [];
    const gather = isSession ? millisecondsOf(mail.gather) : 0;
    return [
      ...[...new Set(readers)].map((to) => ({ sink: 'mail', to, gather })),
      ...(hooks[event.event] === null ? [] : [{ sink: 'hook', to: '', gather: 0 }]),
      ...webhooks.flatMap(({ on }, index) =>
        on.includes(event.event) ? [{ sink: webhookName(index), to: '', gather: 0 }] : [],
      ),
    ];
  };
}

/** The mail addresses of accounts, as they were declared last. */
function openAddresses(warn: (text: string) => void): (user: string) => string | null {
  const known = new Map<string, { stamp: string; mail: string | null }>();
  return (user) => {
    // It came from a log, and names no file that is not of an account.
    if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) return null;
    try {
      const file = `${USERS_FOLDER}/${user}.yaml`;
      const { mtimeMs, ino } = statSync(file);
      const stamp = `${ino} ${mtimeMs}`;
      const last = known.get(user);
      if (last?.stamp === stamp) return last.mail;
      const { mail = null } = parseDeclared(readFileSync(file, 'utf8'), file);
      known.set(user, { stamp, mail });
      return mail;
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) warn(`no mail to ${JSON.stringify(user)}: ${reasonOf(error)}`);
      return null;
    }
  };
}
