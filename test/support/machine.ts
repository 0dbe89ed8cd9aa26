import { setTimeout as sleep } from 'node:timers/promises';
import { nodeBinds, productBinds, supportBinds } from './binds.ts';
import { Guest } from './guest.ts';
import { type Bind, Holder } from './holder.ts';
import { type ImageName, imageLayers } from './image.ts';
import { isAlive } from './proc.ts';

/** A Debian with systemd as PID 1, its own network (lo only), real sshd and real rsyslogd. */
export class Machine extends Guest {
  readonly name: string;
  private readonly holder: Holder;
  private init = 0;

  constructor(holder: Holder) {
    super();
    this.holder = holder;
    this.name = holder.name;
  }

  get leader(): number {
    return this.init;
  }

  /** Waits for a first process other than the one known so far, and until it has booted and sshd listens. */
  async booted(): Promise<void> {
    this.init = await this.holder.leader(this.init);
    await this.sh('until [ -d /run/systemd/system ]; do sleep 0.02; done; exec sh /opt/test-support/ready.sh');
  }

  /** An orderly reboot; /etc and everything else on disk stays as it is, /run and /tmp start empty. */
  async reboot(): Promise<void> {
    const before = this.init;
    // The answer is cut off by the shutdown now and then.
    await this.attempt('systemctl', ['reboot']);
    while (isAlive(before)) await sleep(10);
    await this.booted();
  }

  /** An orderly shutdown, then as close(). */
  async powerOff(): Promise<void> {
    await this.attempt('systemctl', ['poweroff']);
    await this.holder.ended();
    await this.close();
  }

  async close(): Promise<void> {
    await this.holder.close();
  }
}

export interface BootOptions {
  /** More of this host's files and directories. */
  readonly bind?: readonly Bind[];
  /** false leaves the build of this working tree out. */
  readonly product?: boolean;
}

export async function bootMachine(image: ImageName, options: BootOptions = {}): Promise<Machine> {
  const product = options.product === false ? [] : productBinds();
  const holder = new Holder({
    title: image,
    lower: imageLayers(image),
    upper: 'disk',
    bind: [...nodeBinds(image), ...supportBinds(), ...product, ...(options.bind ?? [])],
    args: ['--boot', '--private-network'],
  });
  const machine = new Machine(holder);
  try {
    await machine.booted();
  } catch (error) {
    const text = holder.console;
    await machine.close();
    throw new Error(`${image} did not boot\n${text}`, { cause: error });
  }
  return machine;
}
