import { randomInt } from 'node:crypto';
import { PROOF_METHOD } from '../conf/sshd-drop-in.ts';
import type { Host } from './host.ts';

/** Where the running sshd can be asked: an address and a port of this machine. */
export interface SshdAddress {
  address: string;
  port: number;
}

/**
 * Asks the running sshd, over the network, whether it has read our drop-in: for the name that only this version of the
 * drop-in contains, it offers no method but `hostbased`. No account of that name exists.
 *
 * @returns what sshd answered, for instance `publickey,password`; null when nobody listens
 */
async function methodsOffered(host: Host, name: string, { address, port }: SshdAddress): Promise<string | null> {
  // A fresh loopback address each time: sshd 9.8 and later shuts out an address that often comes without logging in.
  const from = address.includes(':')
    ? []
    : ['-b', `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`];
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=5',
    'GlobalKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'PreferredAuthentications=none',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
  ].flatMap((option) => ['-o', option]);
  const result = await host.run(
    'ssh',
    ['-F', 'none', ...options, ...from, '-p', String(port), `${name}@${address}`, 'true'],
    {
      timeout: 20_000,
    },
  );
  return /Permission denied \((.*)\)/.exec(result.stderr)?.[1] ?? null;
}

/** `ADDRESS:PORT` as sshd and systemd print it, with the wildcard addresses as loopback. */
export function addressIn(text: string): SshdAddress[] {
  const [, wildcardOr = '', port] = /^\[?(.*?)\]?:?(\d+)$/.exec(text) ?? [];
  if (port === undefined) return [];
  const address = { '0.0.0.0': '127.0.0.1', '*': '127.0.0.1', '': '127.0.0.1', '::': '::1' }[wildcardOr] ?? wildcardOr;
  return [{ address, port: Number(port) }];
}

export const loopbackFirst = (addresses: readonly SshdAddress[]): SshdAddress[] =>
  [...addresses].sort((one, other) => rank(one) - rank(other));

const rank = ({ address }: SshdAddress): number => (address.startsWith('127.') ? 0 : address === '::1' ? 1 : 2);

/** Where sshd listens, from the values of `sshd -T`. */
export const addressesOf = (effective: ReadonlyMap<string, readonly string[]>): SshdAddress[] =>
  loopbackFirst((effective.get('listenaddress') ?? []).flatMap(addressIn));

/** Whether somebody who speaks SSH listens at one of these addresses. */
export async function answers(host: Host, addresses: readonly SshdAddress[]): Promise<boolean> {
  for (const address of addresses) if ((await methodsOffered(host, 'nobody', address)) !== null) return true;
  return false;
}

/** How long an sshd that does not answer at all is asked again: it may be busy, or just starting. */
const SILENCE_SECONDS = 3;

/**
 * Waits until the running sshd answers by our drop-in, because a reload is not done when the command for it returns.
 *
 * @param seconds how long another answer than ours is no answer yet
 */
export async function awaitOurBlocks(
  host: Host,
  name: string,
  addresses: readonly SshdAddress[],
  seconds: number,
): Promise<boolean> {
  const start = Date.now();
  for (;;) {
    const methods = await firstAnswer(host, name, addresses);
    if (methods === PROOF_METHOD) return true;
    const patience = methods === null ? Math.max(seconds, SILENCE_SECONDS) : seconds;
    if (Date.now() - start >= patience * 1000) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function firstAnswer(host: Host, name: string, addresses: readonly SshdAddress[]): Promise<string | null> {
  for (const address of addresses) {
    const methods = await methodsOffered(host, name, address);
    if (methods !== null) return methods;
  }
  return null;
}
