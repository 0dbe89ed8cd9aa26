import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Clients } from './clients.ts';
import { type Block, blocksIn } from './forensic-blocks.ts';
import type { Machine } from './machine.ts';
import type { SftpWire } from './sftp-wire.ts';

export const FORENSIC_LOG = '/var/log/sftpjail/forensic.log';

/** The processes of a session that runs. */
export interface SessionPids {
  monitor: number;
  child: number;
  server: number;
}

/** What is written down in a machine, block by block. */
export class ForensicBlocks {
  private readonly machine: Machine;
  private seen = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  async all(): Promise<Block[]> {
    return blocksIn((await this.machine.sh('cat "$1" 2>&- || true', { args: [FORENSIC_LOG] })).stdout);
  }

  /** The blocks that came since the last call: so many, and no more once everything that was logged by now is read. */
  async next(count: number): Promise<Block[]> {
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const fresh = (await this.all()).slice(this.seen);
      if (fresh.length >= count) {
        this.seen += fresh.length;
        expect(fresh).toHaveLength(count);
        return fresh;
      }
      if (Date.now() > end) {
        const { stdout } = await this.machine.sh('journalctl --no-pager --unit sftpjail-watch | tail -20');
        throw new Error(`${fresh.length} of ${count} blocks came\n${stdout}`);
      }
    }
  }
}

/** A session that is held open, with its processes. There must be no other of the same user. */
export async function holdSession(
  machine: Machine,
  clients: Clients,
  user: string,
): Promise<{ wire: SftpWire; pids: SessionPids }> {
  const wire = await clients.wire(user);
  const { stdout } = await machine.sh(
    `server=$(pgrep --uid "$1" --full 'internal-sftp$'); child=$(ps -o ppid= -p "$server")
     echo "$(ps -o ppid= -p $child) $child $server"`,
    { args: [user] },
  );
  const [monitor = 0, child = 0, server = 0] = stdout.trim().split(/\s+/).map(Number);
  return { wire, pids: { monitor, child, server } };
}

/** Logins that upload a file each, by their number; so many at a time that sshd turns none away. */
export async function goodSessions(
  machine: Machine,
  { key }: Clients,
  user: string,
  { sessions, atOnce }: { sessions: number; atOnce: number },
): Promise<void> {
  await machine.sh(
    `seq "$1" | xargs --max-procs="$2" --replace=N sh -c 'echo "put /root/one N" | sftp -F none -i "$1" \
       -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -b - "$2@127.0.0.1" > /dev/null' \
       sh "$3" "$4"`,
    { args: [String(sessions), String(atOnce), key.path, user], timeout: 1_800_000 },
  );
}

/** Where there are debug messages of sshd although nothing went wrong: files below /var/log, and the journal. */
export async function debugMessages(machine: Machine): Promise<string[]> {
  const { stdout } = await machine.sh(
    `grep --recursive --files-with-matches 'debug[123]: ' /var/log || true
     journalctl --all --output=cat | grep 'debug[123]: ' || true`,
  );
  return stdout.split('\n').filter(Boolean).sort();
}
