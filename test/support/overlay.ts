import { nodeBinds, productBinds, supportBinds } from './binds.ts';
import { Guest } from './guest.ts';
import { type Bind, Holder, type HoldOptions } from './holder.ts';
import { type ImageName, imageLayers } from './image.ts';

/** A Debian without a service manager; commands run in it one after the other and see what the earlier ones left. */
export class Overlay extends Guest {
  readonly name: string;
  private readonly holder: Holder;
  private init = 0;

  constructor(holder: Holder, environment: Readonly<Record<string, string>> = {}) {
    super(environment);
    this.holder = holder;
    this.name = holder.name;
  }

  get leader(): number {
    return this.init;
  }

  async opened(first: string): Promise<this> {
    this.init = await this.holder.leader();
    await this.sh('until [ "$(cat /proc/1/comm)" = "$1" ]; do sleep 0.01; done', { args: [first] });
    return this;
  }

  async close(): Promise<void> {
    await this.holder.close();
  }
}

const HOLD = ['--as-pid2', 'sleep', 'infinity'];

async function open(options: HoldOptions, environment = {}, first = '(sd-stubinit)'): Promise<Overlay> {
  const overlay = new Overlay(new Holder(options), environment);
  try {
    return await overlay.opened(first);
  } catch (error) {
    await overlay.close();
    throw error;
  }
}

export interface OverlayOptions {
  readonly bind?: readonly Bind[];
  /** false leaves the build of this working tree out. */
  readonly product?: boolean;
  /** 'host' for what installs packages; default 'private', with lo only. */
  readonly network?: 'private' | 'host';
  /** The first process is called `init`, as where sysvinit runs the scripts of /etc/init.d. */
  readonly init?: boolean;
}

export function openOverlay(image: ImageName, options: OverlayOptions = {}): Promise<Overlay> {
  const product = options.product === false ? [] : productBinds();
  const host = options.network === 'host';
  return open(
    {
      title: image,
      lower: imageLayers(image),
      upper: 'disk',
      bind: [
        ...nodeBinds(image),
        ...supportBinds(),
        ...product,
        ...(host ? certificateBinds() : []),
        ...(options.bind ?? []),
      ],
      args: [
        `--hostname=${image.split('-')[0]}`,
        ...(host ? ['--resolv-conf=bind-host'] : ['--private-network']),
        ...(options.init ? ['/opt/test-support/init'] : HOLD),
      ],
    },
    host ? hostEnvironment() : {},
    options.init ? 'init' : undefined,
  );
}

/** What this host needs to reach package registries: certificates, proxies. */
function hostEnvironment(): Record<string, string> {
  const wanted = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|https?_proxy|no_proxy|npm_config_registry)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => wanted.test(entry[0])),
  );
}

function certificateBinds(): Bind[] {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  return file ? [{ from: file, to: file }] : [];
}

/** An overlay of this very host, on its network, for the quickstart. Nothing written in it stays. */
export function openHostOverlay(options: Pick<OverlayOptions, 'bind'> = {}): Promise<Overlay> {
  return open(
    {
      title: 'host',
      lower: ['/'],
      upper: 'memory',
      bind: options.bind ?? [],
      args: ['--resolv-conf=off', ...HOLD],
    },
    hostEnvironment(),
  );
}
