import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../support/machine.ts';
import { withFewAndMany } from './few-and-many.ts';
import { compare, runs } from './ratio.ts';

const SOURCE = join(import.meta.dirname, 'c/stat-jails.c');
const MANY = 10_000;

/** What each jail adds to doctor, start and all that is done once left out. */
export async function benchDoctor(): Promise<void> {
  await withFewAndMany('doctor', MANY, async (few, many) => {
    for (const machine of [few, many]) await raiseMaxStartups(machine);
    const baseline = await statJails(many);
    await compare({
      title: `doctor in a booted Debian 12, of ${MANY} jails what it takes longer than of one, against C`,
      baseline: { name: 'C, the same calls of lstat', run: baseline },
      sides: [
        {
          name: 'sftpjail doctor',
          limit: 3,
          run: async () => (await timeOf(many)) - (await timeOf(few)),
        },
      ],
      repetitions: 15,
    });
  });
}

/** So many customers are more than sshd's defaults are made for, which is the one thing it would say. */
const raiseMaxStartups = (machine: Machine) =>
  machine.sh('echo "MaxStartups 1000:30:2000" >/etc/ssh/sshd_config.d/40-local.conf; systemctl reload ssh');

async function timeOf(machine: Machine): Promise<number> {
  const start = process.hrtime.bigint();
  const { stdout } = await machine.sftpjail('doctor');
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  if (!stdout.startsWith('This host is as it should be')) throw new Error(stdout);
  return time;
}

/** Runs where the jails are. @returns what gives the time of its loop */
async function statJails(machine: Machine): Promise<() => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  try {
    const program = join(folder, 'stat-jails');
    runs('gcc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, SOURCE]);
    await machine.writeFile('/root/stat-jails', readFileSync(program), 0o755);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return async () => Number((await machine.run('/root/stat-jails', ['/sftp-root', '/etc/sftpjail/keys'])).stdout);
}
