import { wrongUsage } from '../errors.ts';
import type { Host } from './host.ts';

/** A public key as ssh-keygen knows it. */
export interface PublicKey {
  /** The line of authorized_keys, with its options and comment. */
  line: string;
  bits: number;
  /** `SHA256:…` */
  fingerprint: string;
  /** `ED25519`, `RSA`, … */
  type: string;
}

/**
 * Reads the lines of an authorized_keys text. Every key is judged by ssh-keygen itself.
 *
 * @param from what to call the text in an error
 * @throws OperatorError `usage` for a line that is no public key
 */
export async function readPublicKeys(host: Host, text: string, from: string): Promise<PublicKey[]> {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0)
    throw wrongUsage(`${from} contains no public key`, 'ssh-keygen -t ed25519 -f ./customer makes a pair');
  const keys = [];
  for (const [index, line] of lines.entries()) {
    if (/PRIVATE KEY/.test(line))
      throw wrongUsage(`${from} is a private key, which must never leave its owner`, 'give the file that ends in .pub');
    const { code, stdout } = await host.outside.run('ssh-keygen', ['-l', '-f', '-'], { input: `${line}\n` });
    const [, bits, fingerprint, type] = /^(\d+) (\S+) .*\((\S+)\)$/m.exec(stdout) ?? [];
    if (code !== 0 || bits === undefined || fingerprint === undefined || type === undefined)
      throw wrongUsage(`${from}: line ${index + 1} is no public key`, 'ssh-keygen -l -f FILE judges it');
    keys.push({ line, bits: Number(bits), fingerprint, type });
  }
  return keys;
}

/** What a customer is given to recognise this host by: one fingerprint for each of sshd's host keys. */
export async function hostFingerprints(host: Host, hostKeys: readonly string[]): Promise<string[]> {
  const fingerprints = [];
  for (const key of hostKeys) {
    const { code, stdout } = await host.run('ssh-keygen', ['-l', '-f', `${key}.pub`]);
    const [, fingerprint, type] = /^\d+ (\S+) .*\((\S+)\)$/m.exec(stdout) ?? [];
    if (code === 0 && fingerprint) fingerprints.push(`${fingerprint} (${type})`);
  }
  return fingerprints;
}

/** The text of an authorized keys file with keys added; one that is there already gets the options that it has now. */
export function withKeys(existing: string | null, keys: readonly PublicKey[]): string {
  const lines = (existing ?? '').split('\n').filter((line) => line !== '');
  const byBody = new Map([...lines, ...keys.map(({ line }) => line)].map((line) => [bodyOf(line), line]));
  return [...byBody.values()].map((line) => `${line}\n`).join('');
}

/** The key itself, without options and comment. */
const bodyOf = (line: string): string => /\bAAAA[A-Za-z0-9+/]+=*/.exec(line)?.[0] ?? line;
