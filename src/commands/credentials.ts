import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context } from '../context.ts';
import { reasonOf, wrongUsage } from '../errors.ts';
import { judgeKeysBySshd, type PublicKey, readPublicKeys } from '../host/keys.ts';
import { parsePassword } from '../spec.ts';

export interface CredentialOptions {
  key?: string[];
  passwordStdin?: boolean;
  generatePassword?: boolean;
}

/** How somebody will log in. */
export interface Credentials {
  keys: PublicKey[];
  password: string | null;
  /** The password was made here, so it has to be told, once. */
  generated: boolean;
}

/** Reads every credential that was asked for, before anything on the host is touched. */
export async function collectCredentials(
  context: Context,
  options: CredentialOptions,
  isNew: boolean,
  name: string,
): Promise<Credentials> {
  const { key: files = [], passwordStdin = false, generatePassword = false } = options;
  refuseBoth(options);
  if (files.filter((file) => file === '-').length + Number(passwordStdin) > 1)
    throw wrongUsage('only one credential can be read from stdin', 'give the others as files: --key FILE');
  const asks =
    isNew &&
    files.length === 0 &&
    !passwordStdin &&
    !generatePassword &&
    !context.options.yes &&
    process.stdin.isTTY === true;
  if (asks) return askCredentials(context, name);
  const keys = await keysIn(context, name, files);
  return { keys, password: givenPassword(options), generated: generatePassword };
}

/** The keys in files, as the host's sshd will accept them from that account. @throws OperatorError `usage` */
export async function keysIn({ host }: Context, name: string, files: readonly string[]): Promise<PublicKey[]> {
  const keys = [];
  for (const file of files)
    keys.push(...(await readPublicKeys(host, readKeyFile(file), file === '-' ? 'stdin' : file)));
  await judgeKeysBySshd(host, name, keys);
  return keys;
}

/** A key that is pasted. */
export async function askKeys({ host }: Context, name: string): Promise<PublicKey[]> {
  const { askText } = await import('../ui/ask.ts');
  const keys = await readPublicKeys(host, await askText('Public key:'), 'what was pasted');
  await judgeKeysBySshd(host, name, keys);
  return keys;
}

/** The password that was given or is to be made; else the one that somebody at the terminal types. */
export async function collectPassword(options: CredentialOptions): Promise<string> {
  refuseBoth(options);
  const given = givenPassword(options);
  if (given !== null) return given;
  if (process.stdin.isTTY !== true)
    throw wrongUsage('no password was given', 'use --password-stdin or --generate-password');
  const { askSecret } = await import('../ui/ask.ts');
  return parsePassword(await askSecret('Password:'));
}

function refuseBoth({ passwordStdin, generatePassword }: CredentialOptions): void {
  if (passwordStdin && generatePassword)
    throw wrongUsage('--password-stdin and --generate-password exclude each other', 'use one of them');
}

function givenPassword({ passwordStdin, generatePassword }: CredentialOptions): string | null {
  if (passwordStdin) return parsePassword(readFileSync(0, 'utf8').replace(/\r?\n$/, ''));
  return generatePassword ? makePassword() : null;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw wrongUsage(`cannot read ${file}: ${reasonOf(error)}`, `ls -l ${file}`);
  }
}

async function askCredentials(context: Context, name: string): Promise<Credentials> {
  const { askCredential, askSecret } = await import('../ui/ask.ts');
  const none = { keys: [], password: null, generated: false };
  switch (await askCredential(name)) {
    case 'key':
      return { ...none, keys: await askKeys(context, name) };
    case 'generate':
      return { ...none, password: makePassword(), generated: true };
    case 'password':
      return { ...none, password: parsePassword(await askSecret('Password:')) };
    default:
      return none;
  }
}

/** 24 letters and digits that are not mistaken for one another: 137 bits. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const makePassword = (): string => Array.from({ length: 24 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
