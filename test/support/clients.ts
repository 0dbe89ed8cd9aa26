import type { Ran, RunOptions } from './exec.ts';
import type { Guest, Spawned } from './guest.ts';
import { openWire, type SftpWire } from './sftp-wire.ts';

/** A key pair in the guest; the public half is `path`.pub, and `path`.ppk is the private one for PuTTY's programs. */
export interface KeyPair {
  readonly path: string;
  readonly publicKey: string;
}

export async function makeKeyPair(guest: Guest, name = 'customer', type = 'ed25519'): Promise<KeyPair> {
  const path = `/root/.ssh/${name}`;
  await guest.run('mkdir', ['-p', '-m', '700', '/root/.ssh']);
  await guest.run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', path]);
  await guest.run('puttygen', [path, '-O', 'private', '-o', `${path}.ppk`]);
  return { path, publicKey: await guest.readFile(`${path}.pub`) };
}

/** The clients a customer may use, all run in the guest and against its own sshd. */
export class Clients {
  private readonly guest: Guest;
  readonly key: KeyPair;

  constructor(guest: Guest, key: KeyPair) {
    this.guest = guest;
    this.key = key;
  }

  /** What ssh, sftp and scp all understand. */
  private get options(): string[] {
    const settings = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
      'ConnectTimeout=20',
    ];
    return ['-F', 'none', '-i', this.key.path, ...settings.flatMap((setting) => ['-o', setting])];
  }

  /** The real sftp in batch mode: stops at the first command that fails, unless it begins with `-`. Never rejects for that. */
  sftpBatch(user: string, commands: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const input = commands.map((command) => `${command}\n`).join('');
    return this.guest.attempt('sftp', [...this.options, '-b', '-', `${user}@127.0.0.1`], { ...options, input });
  }

  /** The real sftp with a password instead of the key; a password that is refused ends it with status 255. */
  sftpWithPassword(user: string, password: string, commands: readonly string[]): Promise<Ran> {
    const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
    const words = ['PreferredAuthentications=password', 'NumberOfPasswordPrompts=1', ...settings];
    const args = ['-F', 'none', ...words.flatMap((word) => ['-o', word]), `${user}@127.0.0.1`];
    return this.guest.attempt('sftp', args, {
      env: { SSH_ASKPASS: '/opt/test-support/askpass.sh', SSH_ASKPASS_REQUIRE: 'force', ASKED_PASSWORD: password },
      input: commands.map((command) => `${command}\n`).join(''),
    });
  }

  /** `from` and `to` as scp takes them, for instance scp('/etc/motd', 'acme@127.0.0.1:/data/'). */
  scp(from: string, to: string, ...more: string[]): Promise<Ran> {
    return this.guest.attempt('scp', [...this.options, ...more, from, to]);
  }

  /** PuTTY's client in batch mode. */
  async psftp(user: string, commands: readonly string[]): Promise<Ran> {
    const hostKey = await this.guest.run('ssh-keygen', ['-lf', '/etc/ssh/ssh_host_ed25519_key.pub']);
    const fingerprint = hostKey.stdout.split(' ')[1] ?? '';
    await this.guest.writeFile('/tmp/psftp.batch', `${commands.join('\n')}\n`);
    const words = [
      '-batch',
      '-i',
      `${this.key.path}.ppk`,
      '-hostkey',
      fingerprint,
      '-b',
      '/tmp/psftp.batch',
      `${user}@127.0.0.1`,
    ];
    return this.guest.attempt('psftp', words);
  }

  /** curl by way of libssh2; `path` as in the URL, and curl's other arguments (`-T FILE`, `-o FILE`, `-Q COMMAND`). */
  curl(user: string, path: string, ...args: string[]): Promise<Ran> {
    const keys = ['--key', this.key.path, '--pubkey', `${this.key.path}.pub`];
    return this.guest.attempt('curl', ['-sS', '-k', ...keys, '-u', `${user}:`, ...args, `sftp://127.0.0.1${path}`]);
  }

  /**
   * Tries whatever ssh offers: a shell, a command, forwarding. `args` stand before the destination, and before our own
   * settings, for of two with one name ssh takes the first; `command` stands after.
   */
  sshTry(
    user: string,
    args: readonly string[] = [],
    command: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<Ran> {
    return this.guest.attempt('ssh', [...args, ...this.options, `${user}@127.0.0.1`, ...command], options);
  }

  /**
   * The same for a connection that stays, with -L or -N for instance. To be ended with SIGKILL: for any other signal
   * ssh 9.2 sets a flag, and when that happens right before it starts to poll, it waits on, for minutes.
   */
  sshSpawn(user: string, args: readonly string[] = [], command: readonly string[] = []): Spawned {
    return this.guest.spawn('ssh', [...args, ...this.options, `${user}@127.0.0.1`, ...command]);
  }

  /** An SFTP session spoken by hand, after whatever else ssh is told to ask for (`-A`, `-X`). */
  wire(user: string, ...args: string[]): Promise<SftpWire> {
    // ssh asks for forwarding only where there is a display and an agent.
    return openWire(this.guest, 'env', [
      ...['DISPLAY=:0', 'SSH_AUTH_SOCK=/run/agent', 'ssh', ...args, ...this.options],
      ...['-s', `${user}@127.0.0.1`, 'sftp'],
    ]);
  }
}
