import { type ChildProcess, spawn } from 'node:child_process';
import { collect, type Ran, type RunOptions, signalInside } from './exec.ts';
import { parseTree, type Tree } from './tree.ts';

/** Nothing of the host's environment reaches a guest unless a test passes it. */
const CLEAN = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

export interface Spawned {
  readonly process: ChildProcess;
  /** Settles at the end, whatever the exit status. */
  readonly done: Promise<Ran>;
  /** Sends a signal to the program itself. */
  kill(signal?: NodeJS.Signals): void;
}

/** Somewhere commands run as root, away from this host: a booted machine or a plain overlay. */
export abstract class Guest {
  abstract readonly name: string;
  /** The host's PID of the guest's first process. */
  abstract readonly leader: number;
  abstract close(): Promise<void>;

  private readonly environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.environment = { ...CLEAN, ...environment };
  }

  /** For long-lived programs and those that are talked to; has no time limit. */
  spawn(command: string, args: readonly string[] = [], options: Pick<RunOptions, 'env'> = {}): Spawned {
    const child = this.start(command, args, options.env, 'pipe');
    const done = collect(child, [command, ...args], { reject: false, timeout: 2 ** 31 - 1 });
    return { process: child, done, kill: (signal = 'SIGTERM') => void (child.pid && signalInside(child.pid, signal)) };
  }

  /** Rejects with the output in the message when the exit status is not 0, unless `reject: false`. */
  run(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
    const child = this.start(command, args, options.env, options.input === undefined ? 'ignore' : 'pipe');
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
    return collect(child, [command, ...args], options);
  }

  /** run() for a command that may fail. */
  attempt(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
    return this.run(command, args, { ...options, reject: false });
  }

  /** Runs a fixed script with bash; what varies goes into args, as $1 and so on. */
  sh(script: string, options: RunOptions & { readonly args?: readonly string[] } = {}): Promise<Ran> {
    return this.run('bash', ['-euc', script, 'bash', ...(options.args ?? [])], options);
  }

  sftpjail(...args: string[]): Promise<Ran> {
    return this.run('sftpjail', args);
  }

  async writeFile(path: string, text: string | Uint8Array, mode = 0o644): Promise<void> {
    await this.sh('cat > "$1"; chmod "$2" "$1"', { args: [path, mode.toString(8)], input: text });
  }

  async readFile(path: string): Promise<string> {
    return (await this.run('cat', ['--', path])).stdout;
  }

  /** Names, types, modes, owners and contents of all that is below the paths. */
  async tree(paths: readonly string[], skip: readonly string[] = []): Promise<Tree> {
    const skips = skip.flatMap((path) => ['--skip', path]);
    return parseTree((await this.run('node', ['/opt/test-support/tree.cjs', ...skips, ...paths])).stdout);
  }

  private start(command: string, args: readonly string[], env = {}, stdin: 'ignore' | 'pipe'): ChildProcess {
    const words = ['-t', String(this.leader), '-a', '--', command, ...args];
    return spawn('/usr/bin/nsenter', words, { env: { ...this.environment, ...env }, stdio: [stdin, 'pipe', 'pipe'] });
  }
}
