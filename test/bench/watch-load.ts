import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootMachine, type Machine } from '../support/machine.ts';
import { missingForMachines } from '../support/needs.ts';
import prepare from '../support/prepare.ts';
import { Receivers, receiverBinds } from '../support/receivers.ts';
import { runs, runsSilently } from './ratio.ts';

const RATE = 20_000;
const SECONDS = 60;
/** About what a line of the generator has. */
const LINE = 125;
const METRICS = '/var/lib/sftpjail/watch/metrics';
const CONFIG = `watch: { enabled: true, metricsFile: ${METRICS} }
webhooks:
  - { url: "http://127.0.0.1:8080/told", secretFile: /etc/webhook.secret }
`;

/** The daemon beside a real rsyslogd that takes so many lines a second, each session of which is told to a web server. */
export async function benchWatchLoad(): Promise<void> {
  const missing = missingForMachines();
  if (missing !== null) return console.log(`\nwatch under load left out: ${missing}`);
  await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  const machine = await bootMachine('bookworm', { bind: receiverBinds() });
  try {
    const [program, log] = [join(folder, 'replay-log'), join(folder, 'sftp.log')];
    const source = join(import.meta.dirname, 'c/replay-log.c');
    runs('gcc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
    const generator = join(import.meta.dirname, 'sftp-log.js');
    runsSilently(process.execPath, [generator, '--bytes', String(RATE * SECONDS * LINE), log]);
    await machine.writeFile('/root/replay-log', readFileSync(program), 0o755);
    await machine.writeFile('/root/replayed', readFileSync(log));
    await machine.writeFile('/etc/webhook.secret', 'a secret\n', 0o600);
    await machine.sh('mkdir /etc/sftpjail');
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
    const receivers = new Receivers(machine);
    await receivers.start();
    await machine.sftpjail('init', '--yes');
    await machine.sh(`until [ -e ${METRICS} ]; do sleep 0.1; done`);
    await measureLoad(machine, receivers);
  } finally {
    await machine.close();
    rmSync(folder, { recursive: true });
  }
}

async function measureLoad(machine: Machine, receivers: Receivers): Promise<void> {
  const before = { daemon: await look(machine, 'sftpjail-watch'), rsyslogd: await look(machine, 'rsyslog') };
  const memory: number[] = [];
  const replay = machine.sh(`/root/replay-log /sftp-root/dev/log ${RATE} </root/replayed`);
  let seconds: number | null = null;
  const isOver = replay.then(({ stdout }) => {
    seconds = Number(stdout);
  });
  while (seconds === null) {
    await Promise.race([isOver, sleep(5000)]);
    memory.push((await look(machine, 'sftpjail-watch')).memory);
  }
  const after = { daemon: await look(machine, 'sftpjail-watch'), rsyslogd: await look(machine, 'rsyslog') };
  const cpu = {
    daemon: after.daemon.cpu - before.daemon.cpu,
    rsyslogd: after.rsyslogd.cpu - before.rsyslogd.cpu,
  };
  // The metrics are written every 15 seconds; what they say of the lag is of the last line that was read.
  await sleep(16_000);
  const { stdout } = await machine.sh(
    `cat ${METRICS}; wc -l </root/replayed; grep -c "session closed for local user" /root/replayed`,
  );
  const lag = Number(/^sftpjail_lag_seconds (\S+)$/m.exec(stdout)?.[1]);
  const waiting = Number(/^sftpjail_queue_length\{sink="webhook-1"\} (\S+)$/m.exec(stdout)?.[1]);
  const [lines = 0, sessions = 0] = stdout.trim().split('\n').slice(-2).map(Number);
  const told = (await receivers.posts()).length;
  const [early = 0, late = 0] = [memory[1], memory.at(-1)];
  console.log(
    `\n${lines} lines in ${seconds} s, ${Math.round(lines / (seconds ?? 1))} a second; ${told} of ${sessions} sessions told`,
  );
  console.log(`  lag at the end ${lag} s: ${lag < 1 ? 'ok' : 'OVER'}, limit 1 s; ${waiting} deliveries wait`);
  console.log(`  memory ${early} MB after 10 s, ${late} MB at the end, at most ${Math.max(...memory)} MB`);
  console.log(
    `  CPU ${cpu.daemon.toFixed(1)} s, rsyslogd ${cpu.rsyslogd.toFixed(1)} s: ${(cpu.daemon / cpu.rsyslogd).toFixed(2)} of it`,
  );
}

/** The CPU time of a unit's main process in seconds, and its memory in MB. */
async function look(machine: Machine, unit: string): Promise<{ cpu: number; memory: number }> {
  const { stdout } = await machine.sh(
    `pid=$(systemctl show --property MainPID --value "$1"); cat "/proc/$pid/stat"; grep VmRSS "/proc/$pid/status"`,
    { args: [unit] },
  );
  const [, fields = '', kilobytes = ''] = /^.*\) (.*)\nVmRSS:\s+(\d+) kB/.exec(stdout) ?? [];
  const [user = Number.NaN, system = Number.NaN] = fields.split(' ').slice(11, 13).map(Number);
  return { cpu: (user + system) / 100, memory: Math.round(Number(kilobytes) / 1000) };
}
