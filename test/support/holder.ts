import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from './exec.ts';
import { childrenOf, isAlive, isInit } from './proc.ts';
import { nameRun, RUNS, removeRun } from './sweep.ts';

export interface Bind {
  /** On this host. */
  readonly from: string;
  readonly to: string;
  /** Default false. */
  readonly writable?: boolean;
}

export interface HoldOptions {
  readonly title: string;
  readonly lower: readonly string[];
  /** Where what is written goes. An overlay of the host itself works in memory only. */
  readonly upper: 'disk' | 'memory';
  readonly bind: readonly Bind[];
  /** nspawn's remaining arguments. */
  readonly args: readonly string[];
}

let runs = 0;

/** An overlay held by one nspawn (and by the next one, after a reboot). It ends with this process at the latest. */
export class Holder {
  readonly name: string;
  private readonly shell: ChildProcess;
  private readonly folder: string;

  constructor(options: HoldOptions) {
    this.name = nameRun(options.title, ++runs);
    this.folder = join(RUNS, this.name);
    mkdirSync(this.folder, { recursive: true, mode: 0o755 });
    const binds = options.bind.map(({ from, to, writable }) => `--bind${writable ? '' : '-ro'}=${from}:${to}`);
    const log = openSync(`${this.folder}.log`, 'w');
    this.shell = spawn(
      '/usr/bin/setpriv',
      [
        ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private'],
        ...['sh', join(import.meta.dirname, 'hold.sh'), this.name, options.upper, options.lower.join(':'), this.folder],
        ...[...binds, ...options.args],
      ],
      { stdio: ['ignore', log, log], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' } },
    );
    closeSync(log);
  }

  /** What nspawn and the booting system wrote. */
  get console(): string {
    return readFileSync(`${this.folder}.log`, 'utf8');
  }

  private findLeader(): number | undefined {
    const nspawn = childrenOf(this.shell.pid ?? 0);
    return nspawn.flatMap(childrenOf).find(isInit);
  }

  /** The guest's first process, once there is one other than `previous`. */
  async leader(previous = 0): Promise<number> {
    const end = Date.now() + 60_000;
    while (Date.now() < end && this.shell.exitCode === null) {
      const found = this.findLeader();
      if (found !== undefined && found !== previous) return found;
      await sleep(10);
    }
    throw new Error(`${this.name} did not start\n${this.console}`);
  }

  async ended(): Promise<void> {
    if (this.shell.exitCode !== null || this.shell.signalCode !== null) return;
    await new Promise((resolve) => this.shell.once('exit', resolve));
  }

  async close(): Promise<void> {
    const leader = this.findLeader();
    this.shell.kill('SIGKILL');
    // systemd has shed nspawn's parent-death signal, and the death of a PID namespace's first process ends all others.
    if (leader !== undefined) signal(leader, 'SIGKILL');
    await this.ended();
    while (leader !== undefined && isAlive(leader)) await sleep(5);
    removeRun(this.name);
  }
}
