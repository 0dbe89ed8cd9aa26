import { rmSync, writeFileSync } from 'node:fs';
import { refused } from '../../errors.ts';
import type { Host } from '../host.ts';
import { findDaemon, wordsOf } from '../processes.ts';
import { lstatOrNull } from '../read.ts';
import { STATE_FOLDER } from '../state.ts';
import { type Daemon, nameOfProcess, pidIn, type Services, until } from './services.ts';

/** A host on which nothing brings services up, a container for instance: we start the two daemons ourselves. */
export function bareServices(host: Host): Services {
  return {
    kind: 'none',
    sshd: daemon(host, 'sshd', async (pid) => void process.kill(pid, 'SIGHUP')),
    rsyslog: daemon(host, 'rsyslogd', (pid) => restart(host, 'rsyslogd', pid)),
    rereadUnits: async () => {},
    stopUnit: async () => {},
    startUnit: async () => {},
    servicePid: async () => null,
    unitsAreCurrent: async () => true,
    startSshd: null,
    rsyslogPid: async () => running('rsyslogd'),
    sshdSockets: async () => null,
  };
}

type Program = 'sshd' | 'rsyslogd';

const running = (program: Program): number | null => pidIn(`/run/${program}.pid`, program) ?? findDaemon(program);

/** Stands for as long as a daemon runs because we started it: then it ends with us, and one that ran before stays. */
const markOf = (program: Program): string => `${STATE_FOLDER}/started-${program}`;

function daemon(host: Host, program: Program, reload: (pid: number) => Promise<void>): Daemon {
  return {
    async use() {
      const pid = running(program);
      if (pid !== null) return reload(pid);
      writeFileSync(markOf(program), '', { mode: 0o600 });
      await start(host, program);
    },
    async leave() {
      const pid = running(program);
      const ours = lstatOrNull(markOf(program)) !== null;
      if (pid !== null) await (ours ? stop(program, pid) : reload(pid));
      if (ours) rmSync(markOf(program));
    },
  };
}

/** As it ran before, with the same options, but never in our foreground (`-n`). */
async function restart(host: Host, program: Program, pid: number): Promise<void> {
  if (pid === 1) throw endsContainer(program);
  const options = wordsOf(pid).slice(1);
  await stop(program, pid);
  await start(
    host,
    program,
    options.filter((option) => option !== '-n'),
  );
}

/** Whoever ends the first process of a container ends the container. */
export const endsContainer = (program: string) =>
  refused(
    `${program} is process 1 here: to restart it would end this container`,
    'let another process be the first, for instance tini; or run sftpjail while the image is built',
  );

async function start(host: Host, program: Program, options: readonly string[] = []): Promise<void> {
  // sshd insists on its privilege separation folder, which packages leave to the service manager.
  if (program === 'sshd') await (await import('fs-extra')).ensureDir('/run/sshd', { mode: 0o755 });
  await host.must(`/usr/sbin/${program}`, options);
  await until(`${program} did not start`, 10, () => running(program));
}

async function stop(program: Program, pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await until(`${program} did not end`, 10, () => (nameOfProcess(pid) === program ? null : true));
}
