import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import type { Ran } from './exec.ts';
import type { Guest, Spawned } from './guest.ts';

/** Whether a shell condition comes to hold in the guest before `program` ends; one of both has to happen. */
async function holdsWhile(guest: Guest, program: Spawned, condition: string): Promise<boolean> {
  const end = Date.now() + 60_000;
  let ended = false;
  void program.done.then(() => {
    ended = true;
  });
  for (;;) {
    if ((await guest.attempt('bash', ['-c', condition])).exitCode === 0) return true;
    if (ended) return false;
    if (Date.now() > end) throw new Error(`ssh goes on, and still not: ${condition}`);
    await sleep(20);
  }
}

const listens = (port: number): string => `ss -Hltn 'sport = :${port}' | grep -q LISTEN`;

/** What anybody gets who says something to a local port of the guest. */
const answer = `exec 3<>"/dev/tcp/127.0.0.1/$1"; printf '\\0AUTH\\r\\n' >&3; timeout 10 head -c 5 <&3`;

/** Below this level ssh keeps to itself that a channel was refused. */
const TALKATIVE = ['-o', 'LogLevel=INFO'];

/** What ssh said, warnings and numbers of channels aside. */
function said({ stderr }: Ran): string {
  const lines = stderr.replaceAll('\r', '').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('Warning: '))
    .map((line) => line.replace(/^channel \d+:|on channel \d+$/, (number) => number.replace(/\d+/, 'N')))
    .join('\n');
}

export const THROUGH = 'got through';

/**
 * Everything that SSH can forward, tried through an account of the guest. Each returns THROUGH, or else what ssh said:
 * an attempt that came to nothing for some other reason than being refused can be told from one that was refused.
 */
export class Forwarding {
  private readonly guest: Guest;
  private readonly clients: Clients;
  private readonly user: string;

  constructor(guest: Guest, clients: Clients, user: string) {
    this.guest = guest;
    this.clients = clients;
    this.user = user;
  }

  /** -W: this terminal to a port of the host. */
  async stdio(): Promise<string> {
    const args = [...TALKATIVE, '-W', '127.0.0.1:22'];
    const ran = await this.clients.sshTry(this.user, args, [], { input: '' });
    return ran.stdout.startsWith('SSH-2') ? THROUGH : said(ran);
  }

  /** -L: a port or a Unix socket of the host becomes a port over here. */
  async local(target: string, greeting: string): Promise<string> {
    return this.with(['-L', `9001:${target}`], listens(9001), async () => {
      const { stdout } = await this.guest.attempt('bash', ['-c', answer, 'bash', '9001']);
      return stdout.startsWith(greeting);
    });
  }

  /** -D: anything that the host reaches, through a proxy over here. */
  async dynamic(): Promise<string> {
    return this.with(['-D', '9001'], listens(9001), async () => {
      const proxy = ['-x', 'socks5h://127.0.0.1:9001', '--http0.9', '--max-time', '10', 'http://127.0.0.1:22/'];
      return (await this.guest.attempt('curl', ['-s', ...proxy])).stdout.startsWith('SSH-2');
    });
  }

  /** -R: the host listens, on a port or a Unix socket. */
  async remote(listener: string, condition: string): Promise<string> {
    return this.with(['-R', listener], condition, async () => true);
  }
  remotePort = () => this.remote('9002:127.0.0.1:22', listens(9002));
  remoteProxy = () => this.remote('9002', listens(9002));
  remoteStream = () => this.remote('/run/forwarded:127.0.0.1:22', 'test -S /run/forwarded');

  /** -w: a network between both. */
  async tunnel(): Promise<string> {
    return this.with(['-w', '0:1'], 'ip link show tun1', async () => true);
  }

  /** -A: the keys in the agent over here can be used by the host. */
  async agent(): Promise<string> {
    return this.session(['-A'], "find /tmp -type s -path '*/ssh-*/agent.*' | grep .");
  }

  /** -Y: programs of the host show up over here. */
  async x11(): Promise<string> {
    return this.session(['-Y'], listens(6010));
  }

  private async with(args: readonly string[], ready: string, check: () => Promise<boolean>): Promise<string> {
    const settings = [...TALKATIVE, '-o', 'ExitOnForwardFailure=yes'];
    const program = this.clients.sshSpawn(this.user, ['-N', ...settings, ...args]);
    let through = false;
    try {
      through = (await holdsWhile(this.guest, program, ready)) && (await check());
    } finally {
      program.kill('SIGKILL');
      await program.done;
      await this.guest.sh(
        "rm -f /run/forwarded; while ss -Hltn 'sport = :9001 or sport = :9002' | grep -q .; do sleep 0.02; done",
      );
    }
    return through ? THROUGH : said(await program.done);
  }

  /** By the time an SFTP session is open, everything that was asked for before it has been answered. */
  private async session(args: readonly string[], condition: string): Promise<string> {
    const wire = await this.clients.wire(this.user, ...TALKATIVE, ...args);
    const { exitCode } = await this.guest.attempt('bash', ['-c', condition]);
    const ran = await wire.close();
    return exitCode === 0 ? THROUGH : said(ran);
  }
}
