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

/** The lines of an authorized_keys text that are to be keys. */
export const keyLines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/**
 * Reads the lines of an authorized_keys text. Every key is judged by ssh-keygen itself.
 *
 * @param from what to call the text in an error
 * @throws OperatorError `usage` for a line that is no public key
 */
export async function readPublicKeys(host: Host, text: string, from: string): Promise<PublicKey[]> {
  const lines = keyLines(text);
  if (lines.length === 0)
    throw wrongUsage(`${from} contains no public key`, 'ssh-keygen -t ed25519 -f ./customer makes a pair');
  const secret = lines.some((line) => /PRIVATE KEY/.test(line));
  if (secret)
    throw wrongUsage(`${from} is a private key, which must never leave its owner`, 'give the file that ends in .pub');
  const keys = await judgeKeys(host, lines);
  return keys.map((key, index) => {
    if (key === null)
      throw wrongUsage(`${from}: line ${index + 1} is no public key`, 'ssh-keygen -l -f FILE judges it');
    return key;
  });
}

/**
 * What ssh-keygen makes of lines of authorized_keys, thousands in one run: it passes over what is no key, so each line is
 * known by the end of its comment, which is printed.
 *
 * @returns for each line the key, or null
 */
export async function judgeKeys(host: Host, lines: readonly string[]): Promise<(PublicKey | null)[]> {
  const keys: (PublicKey | null)[] = lines.map(() => null);
  if (lines.length === 0) return keys;
  const input = lines.map((line, index) => `${line} line-${index}\n`).join('');
  const { stdout } = await host.outside.run('ssh-keygen', ['-l', '-f', '-'], { input, timeout: 600_000 });
  for (const told of stdout.split('\n')) {
    const [, bits, fingerprint, index, type] = /^(\d+) (\S+) (?:.* )?line-(\d+) \((\S+)\)$/.exec(told) ?? [];
    const line = lines[Number(index)];
    if (line !== undefined && fingerprint !== undefined && type !== undefined)
      keys[Number(index)] = { line, bits: Number(bits), fingerprint, type };
  }
  // A comment that begins with # is not printed.
  for (const [index, line] of lines.entries())
    if (keys[index] === null && /\s#/.test(line)) keys[index] = await judgeKey(host, line);
  return keys;
}

async function judgeKey(host: Host, line: string): Promise<PublicKey | null> {
  const { code, stdout } = await host.outside.run('ssh-keygen', ['-l', '-f', '-'], { input: `${line}\n` });
  const [, bits, fingerprint, type] = /^(\d+) (\S+) .*\((\S+)\)$/m.exec(stdout) ?? [];
  if (code !== 0 || fingerprint === undefined || type === undefined) return null;
  return { line, bits: Number(bits), fingerprint, type };
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
