import { resolve } from 'node:path';
import { parseGroup } from '../conf/passwd.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { textOrNull } from '../host/read.ts';
import { openHistory } from '../log/history.ts';
import { adminView, hostPath, type Jails, jailView } from '../log/host-path.ts';
import { shellQuote } from '../quote.ts';
import { describeHistory, historyJson } from '../ui/history-table.ts';
import { readSessions } from './read-sessions.ts';

interface Options {
  user?: string;
}

/** What became of a file or folder. All that is in the logs is read, because a file is followed by what happened to it. */
export async function history(context: Context, path: string, logs: string[], { user }: Options): Promise<void> {
  const { host, config, options, say } = context;
  const jails = jailsOf(host, config);
  const wanted = wantedPath(jails, path, user);
  const found = openHistory(wanted, jails);
  await readSessions(context, { files: logs }, { onSession: (session) => found.add(session) });
  const result = found.history();
  const lines = options.json ? historyJson(result) : describeHistory(result, process.stdout.columns);
  for (const line of lines) say.result(line);
  if (lines.length === 0) say.note(`the logs know nothing of ${JSON.stringify(wanted)}`);
  if (result.omitted > 0)
    say.warn(`${result.omitted} operations are left out of the sessions that were read, so this can be incomplete`);
  if (result.tooMany) say.warn('it can have had more names than can be followed, so this can be incomplete');
}

/** From the group file alone, so that whoever may read the log needs no more. */
function jailsOf(host: Host, { root, data, groups }: Config): Jails {
  const all = parseGroup(textOrNull(host.followed('/etc/group')) ?? '');
  const membersOf = (...names: string[]) =>
    new Set(all.filter(({ name }) => names.includes(name)).flatMap(({ members }) => members));
  return { root, data, admins: membersOf(groups.admin), customers: membersOf(groups.only, groups.readOnly) };
}

/** @throws OperatorError `usage` for a path of the host outside of the jails */
function wantedPath(jails: Jails, path: string, user: string | undefined): string {
  if (user !== undefined) return hostPath(jails.admins.has(user) ? adminView(jails) : jailView(jails, user), path);
  const wanted = resolve(path);
  if (wanted.startsWith(`${jails.root}/`)) return wanted;
  throw wrongUsage(
    `${JSON.stringify(wanted)} is not in ${jails.root}, where the jails are`,
    `for a path inside of a jail say whose: sftpjail history ${shellQuote(path)} --user NAME`,
  );
}
