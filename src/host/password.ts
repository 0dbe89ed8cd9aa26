import { createHash } from 'node:crypto';
import { OperatorError } from '../errors.ts';
import type { Host } from './host.ts';
import type { KindOnHost, Put } from './kind.ts';
import { readRegister } from './register.ts';

/** A password as it was given: itself, or as crypt(5) hashed it. */
export type Secret = string | { hash: string };

/**
 * Tells hashes from one another in a plan. Nobody can try passwords against it, because the salt is a part of what is
 * digested.
 */
export const digestOf = (hash: string): string => createHash('sha256').update(hash).digest('hex').slice(0, 16);

/** @param secrets by account; handed over beside the plan, in memory */
export function passwordWith(secrets: ReadonlyMap<string, Secret>): KindOnHost<'password'> {
  const earlier = new Map<string, string>();

  const putMany = async (host: Host, puts: readonly Put<'password'>[]): Promise<void> => {
    const { shadow } = readRegister(host);
    const hashes: [string, string][] = [];
    const plain: [string, string][] = [];
    for (const { at, state } of puts) {
      const secret = secrets.get(at);
      const found = shadow.get(at);
      // Only where there was none before: an unknown password must not stay behind.
      if (state === null) hashes.push(...(found?.hasPassword ? [[at, '*'] as [string, string]] : []));
      else if (earlier.has(at)) hashes.push([at, earlier.get(at) as string]);
      else if (typeof secret === 'string') plain.push([at, secret]);
      else if (secret !== undefined) hashes.push([at, secret.hash]);
    }
    for (const [name] of [...hashes, ...plain]) {
      const found = shadow.get(name);
      if (found?.hasPassword) earlier.set(name, found.hash);
    }
    if (hashes.length > 0) await setHashes(host, hashes);
    if (plain.length > 0) await setPasswords(host, plain);
  };

  return {
    read(host, at, wanted) {
      const found = readRegister(host).shadow.get(at);
      if (!found?.hasPassword) return null;
      return { set: true, ...(wanted?.digest !== undefined && { digest: digestOf(found.hash) }) };
    },
    put: (host, at, state, from) => putMany(host, [{ at, state, from }]),
    putMany,
  };
}

/** All of them or none: chpasswd writes the file once, at its end. */
export const setHashes = (host: Host, hashes: readonly (readonly [name: string, hash: string])[]): Promise<void> =>
  chpasswd(host, ['--encrypted'], hashes);

/** One goes through PAM, as typed; of many each would, and what is done when one is refused would stay. */
const setPasswords = (host: Host, passwords: readonly (readonly [name: string, password: string])[]): Promise<void> =>
  chpasswd(host, passwords.length > 1 ? ['--crypt-method', 'SHA512'] : [], passwords);

async function chpasswd(host: Host, options: string[], lines: readonly (readonly [string, string])[]): Promise<void> {
  const args = [...options, ...(host.sysroot === '' ? [] : ['--root', host.sysroot])];
  const input = lines.map(([name, secret]) => `${name}:${secret}\n`).join('');
  const { code, stderr } = await host.outside.run('chpasswd', args, { input, keepsLock: true, timeout: 600_000 });
  const whose = lines.length > 1 ? `${lines.length} accounts` : (lines[0]?.[0] ?? '');
  if (code !== 0)
    throw new OperatorError('rolledBack', `chpasswd did not take the password of ${whose}: ${stderr.trim()}`);
}
