import { type ChildProcess, spawn } from 'node:child_process';
import { childrenOf } from './proc.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + n when signal n ended the program, as a shell says it. */
  readonly exitCode: number;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; a program that takes longer is killed and the promise always rejects. Default 120,000. */
  readonly timeout?: number;
  /** false: an exit status other than 0 is an answer and no error. */
  readonly reject?: boolean;
}

class CommandFailed extends Error {
  override name = 'CommandFailed';
  readonly ran: Ran;
  constructor(words: readonly string[], why: string, ran: Ran) {
    super([`${words.join(' ')}: ${why}`, ran.stdout, ran.stderr].filter(Boolean).join('\n').trimEnd());
    this.ran = ran;
  }
}

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** Like process.kill, and content when the process has ended by itself meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Signals what nsenter started; nsenter itself stays outside as its parent and passes the exit status on. */
export function signalInside(pid: number, name: NodeJS.Signals): void {
  const inside = childrenOf(pid);
  for (const victim of inside.length > 0 ? inside : [pid]) signal(victim, name);
}

export function collect(child: ChildProcess, words: readonly string[], options: RunOptions): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const limit = options.timeout ?? 120_000;
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid) signalInside(child.pid, 'SIGKILL');
    }, limit);
    child.on('error', reject);
    child.on('close', (code, ending) => {
      clearTimeout(timer);
      const exitCode = code ?? 128 + ((ending && SIGNALS[ending]) ?? 0);
      const ran = { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), exitCode };
      if (late) reject(new CommandFailed(words, `not done after ${limit} ms`, ran));
      else if (exitCode !== 0 && options.reject !== false)
        reject(new CommandFailed(words, `exit status ${exitCode}`, ran));
      else resolve(ran);
    });
  });
}

/** Runs a program on the host. */
export function execute(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  return collect(child, [command, ...args], { timeout: 900_000, ...options });
}
