import { randomBytes } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Arrivals } from '../host/arrivals.ts';
import { socketsAreRead } from '../host/checks.ts';
import { lstatOrNull } from '../host/read.ts';
import { sameInode } from '../host/relink.ts';
import { type Sent, type SyslogLine, sendLines } from '../host/send-line.ts';
import type { Account } from '../plan/facts.ts';
import { jailOf } from '../plan/user.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, mendedByAdding, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';
import { isFrozen } from './rsyslog.ts';
import { isFolder, isSocket, lookAt, modeText, type SeenFile, type SeenJail } from './seen-jails.ts';

/** What stands in front of a probe's line in the log; no program of a session has this name. */
const TAG = 'sftpjail-probe';

/** What became of the line of one account. */
export interface Probed {
  account: Account;
  /** Of an administrator, that of the root. */
  jail: SeenFile | undefined;
  dev: SeenFile | undefined;
  log: SeenFile | undefined;
  /** Null for a line that was not sent, because one before it was blocked. */
  sent: Sent | null;
  arrived: boolean;
}

export interface SeenProbe {
  root: string;
  log: string;
  perJail: boolean;
  shared: SeenFile | null;
  /** Why nothing was sent at all: a queue that nobody empties must not be filled. */
  unread: 'frozen' | 'not read' | null;
  /** Bytes left where the log is. */
  room: number;
  logIsThere: boolean;
  probed: readonly Probed[];
}

export const probe = checkOf<SeenProbe>({
  name: 'probe',
  about: "a line through each jail's log socket arrives in the log",
  look: lookByProbe,
  judge: judgeProbe,
});

async function lookByProbe(looking: Looking): Promise<SeenProbe> {
  looking.needsRunning();
  const { host, config, services, tools } = looking;
  looking.needsRoot('whether a customer is heard');
  const log = host.followed(config.log.file);
  const seen = {
    ...{ root: config.root, log: config.log.file, perJail: config.log.socket === 'per-jail', shared: looking.shared() },
    logIsThere: lstatOrNull(log) !== null,
    ...roomAt(dirname(log)),
  };
  const pid = await services.rsyslogPid();
  const isFree = pid !== null && !isFrozen(pid);
  const unread =
    pid !== null && !isFree ? 'frozen' : (await socketsAreRead(services, tools.sockets())) ? null : 'not read';
  const jails = (await looking.jails()).map((jail) => withRoot(looking, jail));
  if (unread !== null) {
    const probed = jails.map((jail) => ({ ...jail, sent: null, arrived: false }));
    return { ...seen, unread, probed };
  }
  return { ...seen, unread, probed: await sendAndFind(looking, log, jails) };
}

type Place = Pick<Probed, 'account' | 'jail' | 'dev' | 'log'>;

/** An administrator is locked into the root itself. */
function withRoot({ config }: Looking, { account, jail, dev, log }: SeenJail): Place {
  if (account.role !== 'admin') return { account, jail, dev, log };
  const { root } = config;
  return { account, jail: lookAt(root), dev: lookAt(`${root}/dev`), log: lookAt(`${root}/dev/log`) };
}

function roomAt(folder: string): { room: number } {
  const { bavail, bsize } = statfsSync(folder);
  return { room: bavail * bsize };
}

const LAST = 'the last one';

async function sendAndFind(looking: Looking, log: string, places: readonly Place[]): Promise<Probed[]> {
  const { config } = looking;
  const gid = looking.filesGid() ?? 0;
  const nonce = randomBytes(12).toString('hex');
  const line = (jail: string, name: string, as?: SyslogLine['as']): SyslogLine => ({
    ...{ jail, tag: TAG, priority: `${config.sftp.facility.toLowerCase()}.info`, text: `${nonce} ${name}` },
    ...(as && { as }),
  });
  const arrivals = await Arrivals.open(log);
  try {
    // Only what has a folder named dev, and is no symlink, is entered.
    const open = places.filter(({ jail, dev }) => jail && dev && isFolder(jail) && isFolder(dev));
    const sent = await sendLines(
      open.map(({ account: { name, uid, role } }) =>
        line(role === 'admin' ? config.root : jailOf(config, name), name, { uid, gid }),
      ),
    );
    const [end] = await sendLines([line(config.root, LAST)]);
    const awaited = open.filter((_, index) => sent[index] === 'sent').map(({ account }) => account.name);
    const names = await find(arrivals, nonce, awaited, end === 'sent', config.log.socket === 'shared');
    const byPlace = new Map(open.map((place, index) => [place, sent[index] ?? null]));
    return places.map((place) => ({
      ...place,
      sent: byPlace.get(place) ?? null,
      arrived: names.has(place.account.name),
    }));
  } finally {
    await arrivals.close();
  }
}

/** How long a line may take that nothing was heard of. */
const PATIENCE = 5000;
const QUIET = 1000;

/**
 * The names whose lines came. Through one socket lines come in the order in which they were sent: once the last one is
 * there, nothing more is to be waited for.
 */
async function find(
  arrivals: Arrivals,
  nonce: string,
  awaited: readonly string[],
  hasLast: boolean,
  inOrder: boolean,
): Promise<Set<string>> {
  const found = new Set<string>();
  let deadline = Date.now() + PATIENCE;
  for (let isOver = false; ; ) {
    const text = await arrivals.more();
    for (const [, name = ''] of text.matchAll(new RegExp(`${TAG}: ${nonce} (.*)`, 'g'))) {
      found.add(name);
      deadline = Date.now() + (found.has(LAST) || !hasLast ? QUIET : PATIENCE);
    }
    if (isOver || awaited.every((name) => found.has(name)) || Date.now() > deadline) return found;
    isOver = inOrder && found.has(LAST);
    if (!isOver) await sleep(20);
  }
}

export function judgeProbe(seen: SeenProbe): Verdict[] {
  const hasArrived = seen.probed.some(({ arrived }) => arrived);
  return seen.probed.filter(({ arrived }) => !arrived).map((each) => verdictOn(seen, each, hasArrived));
}

const LOST = 'nothing that happens in this jail is on record';

function verdictOn(seen: SeenProbe, probed: Probed, hasArrived: boolean): Verdict {
  const { account } = probed;
  const { name } = account;
  const { cause, ...rest } = causeOf(seen, probed, hasArrived);
  return {
    severity: 'error',
    what: `the line of ${name} did not arrive in ${seen.log}: ${cause}`,
    gist: `lines do not arrive in the log: ${cause}`,
    why: LOST,
    user: name,
    ...rest,
  };
}

type Cause = { cause: string } & Pick<Verdict, 'remedy' | 'advice' | 'fixable'>;

const REFRESH = { remedy: ['sftpjail refresh-links'], fixable: true };

function causeOf(seen: SeenProbe, { account, jail, dev, log, sent }: Probed, hasArrived: boolean): Cause {
  const { root, shared, perJail, unread } = seen;
  const mended = mendedByAdding(account);
  if (jail === undefined) return { cause: 'the jail is missing', ...mended };
  if (dev === undefined) return { cause: "the jail's dev is missing", ...mended };
  if (!isFolder(jail) || !isFolder(dev))
    return {
      cause: 'the jail or its dev is no folder',
      advice: `ls -ld ${root}/${account.name} ${root}/${account.name}/dev`,
    };
  if (log === undefined) return { cause: 'there is no dev/log in the jail', ...(perJail ? MENDED_BY_INIT : REFRESH) };
  if (isFolder(log))
    return {
      cause: 'dev/log is a folder',
      remedy: [`rmdir ${root}/${account.name}/dev/log`, 'sftpjail refresh-links'],
    };
  if (!isSocket(log)) return { cause: 'dev/log is no socket', ...REFRESH };
  if (!perJail && shared && isSocket(shared) && !sameInode(log, shared))
    return { cause: 'dev/log leads to another socket than the current one', ...REFRESH };
  if (unread === 'frozen')
    return { cause: 'rsyslogd is stopped', advice: 'let it go on: sftpjail doctor rsyslog says how' };
  if (unread === 'not read') return { cause: 'rsyslogd does not read the log socket', ...MENDED_BY_INIT };
  if (sent === 'blocked' || sent === null)
    return { cause: 'nobody empties the queue of the log socket', advice: 'see: sftpjail doctor rsyslog' };
  if (sent !== 'sent') {
    if (!/Permission denied/.test(sent.refused)) return { cause: sent.refused, ...MENDED_BY_INIT };
    const rights = `jail ${modeText(jail)}, dev ${modeText(dev)}, dev/log ${modeText(log)}`;
    const ofSocket = (log.mode & 0o020) === 0 && (log.mode & 0o002) === 0;
    const remedy = ofSocket ? { remedy: [`chmod 660 ${root}/dev/log`] } : mended;
    return { cause: `the customer may not use dev/log (${rights})`, ...remedy };
  }
  return unwritten(seen, hasArrived);
}

/** rsyslogd took the line, and it is not in the log. */
function unwritten({ log, logIsThere, room }: SeenProbe, hasArrived: boolean): Cause {
  if (hasArrived)
    return {
      cause: 'rsyslogd took the line and did not write it',
      advice: 'a rule of rsyslog drops it: sftpjail render-config --diff',
    };
  if (!logIsThere) return { cause: 'the log is missing', ...MENDED_BY_INIT };
  if (room < 4096) return { cause: 'the disk of the log is full', advice: `make room: df -h ${dirname(log)}` };
  return {
    cause: 'rsyslogd takes lines and writes none to the log',
    advice: 'see: sftpjail doctor files rsyslog log writes',
  };
}
