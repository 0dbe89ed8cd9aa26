import { dirname } from 'node:path';
import { OperatorError } from '../errors.ts';
import { refuseOutside } from './inside.ts';

interface RunOptions {
  input?: string;
  timeout?: number;
  env?: Readonly<Record<string, string>>;
  /** The program keeps the lock until it ends, also when it outlives us. */
  keepsLock?: boolean;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The machine that is changed: this one, or an image mounted at `sysroot`. */
export interface Host {
  /** Empty for this machine, else the absolute path of a mounted image, without a trailing slash. */
  readonly sysroot: string;
  /** The machine that sftpjail runs on, for programs that work on an image from outside. */
  readonly outside: Host;
  /** The descriptor of the lock, while it is held. */
  lockDescriptor: number | null;
  /**
   * Where a path of the host is found from here; it may itself be a symlink.
   *
   * @throws OperatorError `refused` when a folder on the way is a symlink that leads out of the image
   */
  path(path: string): string;
  /** The same for what is read through a symlink: refuses one that leads out of the image. */
  followed(path: string): string;
  /** Runs a program of the host, with arguments that no shell reads; a status of its own is no error, 127 means it is missing. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Like `run`, for programs that must succeed. */
  must(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @param sysroot the mount point of an image, or the empty string for this machine */
export function openHost(sysroot = ''): Host {
  const run = async (program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
    const { execa } = await import('execa');
    const command = sysroot === '' ? [program, ...args] : ['chroot', sysroot, program, ...args];
    const result = await execa(command[0] as string, command.slice(1), {
      reject: false,
      // A Ctrl-C is for us to answer with an orderly retreat, not for useradd to die of.
      detached: true,
      cleanup: false,
      stdio: [
        options.input === undefined ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        // execa takes a descriptor here as anywhere; only its types forget that.
        ...(options.keepsLock && host.lockDescriptor !== null ? [host.lockDescriptor as unknown as 'inherit'] : []),
      ],
      ...(options.input === undefined ? {} : { input: options.input }),
      timeout: options.timeout ?? 120_000,
      env: { PATH, LC_ALL: 'C', HOME: '/root', ...options.env },
      extendEnv: false,
    });
    return {
      code: result.exitCode ?? (result.code === 'ENOENT' ? 127 : 128),
      stdout: result.stdout,
      stderr: result.stderr || (result.exitCode === undefined ? (result.shortMessage ?? '') : ''),
    };
  };
  const host: Host = {
    sysroot,
    lockDescriptor: null,
    get outside() {
      if (sysroot === '') return host;
      const outside = openHost();
      outside.lockDescriptor = host.lockDescriptor;
      return outside;
    },
    path(path) {
      if (sysroot !== '') refuseOutside(sysroot, dirname(sysroot + path));
      return sysroot + path;
    },
    followed(path) {
      if (sysroot !== '') refuseOutside(sysroot, sysroot + path);
      return sysroot + path;
    },
    run,
    async must(program, args, options) {
      const result = await run(program, args, options);
      if (result.code !== 0) throw commandFailed(program, args, result);
      return result;
    },
  };
  return host;
}

function commandFailed(program: string, args: readonly string[], result: RunResult): OperatorError {
  const said = result.stderr.trim() || result.stdout.trim() || `status ${result.code}`;
  return new OperatorError('rolledBack', `${[program, ...args].join(' ')}: ${said}`);
}
