import { createHash } from 'node:crypto';
import { OperatorError } from '../errors.ts';
import type { Host } from './host.ts';
import type { KindOnHost, Put } from './kind.ts';
import { readRegister } from './register.ts';

/** A password as it was given: itself, or as crypt(5) hashed it. */
export type Secret = string | { hash: string };

/** Tells one password from another and nothing about either: what is digested is salted already. */
export const digestOfPassword = (host: Host, name: string): string =>
  createHash('sha256')
    .update(readRegister(host).shadow.get(name)?.hash ?? '')
    .digest('hex')
    .slice(0, 16);

/** @param secrets by account; handed over beside the plan, in memory */
export function passwordWith(secrets: ReadonlyMap<string, Secret>): KindOnHost<'password'> {
  /** What was replaced, for as long as we run: nothing else could bring it back. */
  const replaced = new Map<string, string>();

  const putMany = async (host: Host, puts: readonly Put<'password'>[]): Promise<void> => {
    const { shadow } = readRegister(host);
    const hashes: Line[] = [];
    const plain: Line[] = [];
    for (const { at, state } of puts) {
      const { hash = '', hasPassword = false } = shadow.get(at) ?? {};
      const [secret, earlier] = [secrets.get(at), replaced.get(at)];
      if (state === null) {
        // Only where there was none before: an unknown password must not stay behind.
        if (hasPassword) hashes.push([at, '*']);
      } else if (hasPassword && state.unlike === undefined) {
        // On the way back, where one was to be replaced.
        if (earlier !== undefined) hashes.push([at, earlier]);
      } else if (secret !== undefined) {
        if (hasPassword && !replaced.has(at)) replaced.set(at, hash);
        if (typeof secret === 'string') plain.push([at, secret]);
        else hashes.push([at, secret.hash]);
      }
    }
    if (hashes.length > 0) await setHashes(host, hashes);
    if (plain.length > 0) await setPasswords(host, plain);
  };

  return {
    read(host, at, wanted) {
      if (!readRegister(host).shadow.get(at)?.hasPassword) return null;
      const { unlike } = wanted ?? {};
      return { set: true, ...(unlike !== undefined && unlike !== digestOfPassword(host, at) && { unlike }) };
    },
    put: (host, at, state, from) => putMany(host, [{ at, state, from }]),
    putMany,
  };
}

type Line = readonly [name: string, secret: string];

/** All of them or none: chpasswd writes the file once, at its end. */
export const setHashes = (host: Host, hashes: readonly Line[]): Promise<void> =>
  chpasswd(host, ['--encrypted'], hashes);

/** One goes through PAM, as typed; of many each would, and what is done when one is refused would stay. */
const setPasswords = (host: Host, passwords: readonly Line[]): Promise<void> =>
  chpasswd(host, passwords.length > 1 ? ['--crypt-method', 'SHA512'] : [], passwords);

async function chpasswd(host: Host, options: string[], lines: readonly Line[]): Promise<void> {
  const args = [...options, ...(host.sysroot === '' ? [] : ['--root', host.sysroot])];
  const input = lines.map(([name, secret]) => `${name}:${secret}\n`).join('');
  const { code, stderr } = await host.outside.run('chpasswd', args, { input, keepsLock: true, timeout: 600_000 });
  const whose = lines.length > 1 ? `${lines.length} accounts` : (lines[0]?.[0] ?? '');
  if (code !== 0)
    throw new OperatorError('rolledBack', `chpasswd did not take the password of ${whose}: ${stderr.trim()}`);
}
