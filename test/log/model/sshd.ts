import type { Request } from './requests.ts';
import { type ServerSettings, SftpServer } from './server.ts';
import type { Ending, Line, SessionTruth } from './truth.ts';

export interface SessionPlan extends Omit<ServerSettings, 'pid'> {
  port: number;
  sshd: 'INFO' | 'VERBOSE' | 'none';
  login: SessionTruth['login'];
  /** Of the monitor (A), the user child (C) and sftp-server (S). */
  pids: { monitor: number; child: number; server: number };
  requests: readonly Request[];
  ending: Ending;
  /** Microseconds since 1970 of the connection, and from each line to the next. */
  starts: number;
  gaps: readonly number[];
}

/** The lines of an end come close together, in microseconds. */
const LAST_LINES = 100_000;

/** Plays one whole session: sshd's lines at INFO or VERBOSE around those of sftp-server. */
export function playSession(plan: SessionPlan): SessionTruth {
  const { user, ip, port, login, pids, sshd, version } = plan;
  let now = plan.starts;
  let step = 0;
  let ends = false;
  const clock = () => {
    const gap = plan.gaps[step++ % plan.gaps.length] ?? 1;
    now += ends ? gap % LAST_LINES : gap;
    return now;
  };
  const lines: Line[] = [];
  const tag = version === '9.2' ? 'sshd' : 'sshd-session';
  const say = (source: Line['source'], pid: number, message: string) =>
    sshd !== 'none' && lines.push({ at: clock(), source, tag, pid, message });
  const monitor = (message: string) => say('host', pids.monitor, message);
  const child = (message: string) => say('jail', pids.child, message);
  const verbose = sshd === 'VERBOSE';
  const from = `${ip} port ${port}`;
  const key = login.keyType === null ? '' : `: ${login.keyType} ${login.fingerprint}`;

  if (verbose) monitor(`Connection from ${from} on 192.0.2.1 port 22 rdomain ""`);
  if (verbose && key !== '') {
    monitor(`Accepted key ${login.keyType} ${login.fingerprint} found at /etc/sftpjail/keys/${user}:1`);
    monitor(`Postponed publickey for ${user} from ${from} ssh2 [preauth]`);
    monitor(`Accepted key ${login.keyType} ${login.fingerprint} found at /etc/sftpjail/keys/${user}:1`);
  }
  monitor(`Accepted ${login.method} for ${user} from ${from} ssh2${key}`);
  monitor(`pam_unix(sshd:session): session opened for user ${user}(uid=70001) by (uid=0)`);
  if (verbose) {
    monitor(`User child is on pid ${pids.child}`);
    say('host', pids.child, `Changed root directory to "/sftp-root/${user}"`);
    child(`Starting session: forced-command (config) 'internal-sftp -l${plan.level}' for ${user} from ${from} id 0`);
  }

  const before = lines.length;
  const server = new SftpServer({ ...plan, pid: pids.server }, clock);
  for (const request of plan.requests) server.answer(request);
  const orderly = () => server.end('orderly');
  const disconnect = () => {
    child(`Received disconnect from ${from}:11: disconnected by user`);
    child(`Disconnected from user ${user} ${from}`);
  };
  const closeSession = () => verbose && child(`Close session: user ${user} from ${from} id 0`);
  const transferred = () => {
    if (!verbose) return;
    child('Transferred: sent 4236, received 8616 bytes');
    child(`Closing connection to ${from}`);
  };
  let end: Line | null = null;
  const endings: Record<Ending, () => void> = {
    quit: () => {
      end = orderly();
      disconnect();
    },
    drop: () => {
      child(`Connection closed by ${from}`);
      closeSession();
      end = orderly();
      transferred();
    },
    timeout: () => {
      child(`Timeout, client not responding from user ${user} ${from}`);
      closeSession();
      end = orderly();
      transferred();
    },
    killed: () => {
      server.end('signal');
      closeSession();
      disconnect();
    },
    fatal: () => {
      server.end('fatal');
      disconnect();
    },
    terminated: () => {
      end = orderly();
      if (version === '10.0') monitor('error: mm_reap: preauth child terminated by signal 15');
    },
  };
  ends = true;
  endings[plan.ending]();
  monitor(`pam_unix(sshd:session): session closed for user ${user}`);
  lines.splice(before, 0, ...server.lines);
  lines.sort((one, other) => one.at - other.at);

  const { transfers, changes } = server;
  const [begin] = server.lines as [Line];
  const { level, ending } = plan;
  return {
    ...{ user, ip, port, login, level, sshd, version, pid: pids.server, ending },
    transfers,
    changes,
    lines,
    begin,
    end,
  };
}
