import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context } from '../context.ts';
import { reasonOf, wrongUsage } from '../errors.ts';
import { type PublicKey, readPublicKeys } from '../host/keys.ts';
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
  if (passwordStdin && generatePassword)
    throw wrongUsage('--password-stdin and --generate-password exclude each other', 'use one of them');
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
  const keys = [];
  for (const file of files)
    keys.push(...(await readPublicKeys(context.host, readKeyFile(file), file === '-' ? 'stdin' : file)));
  const password = passwordStdin
    ? parsePassword(readFileSync(0, 'utf8').replace(/\r?\n$/, ''))
    : generatePassword
      ? makePassword()
      : null;
  return { keys, password, generated: generatePassword };
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw wrongUsage(`cannot read ${file}: ${reasonOf(error)}`, `ls -l ${file}`);
  }
}

async function askCredentials({ host }: Context, name: string): Promise<Credentials> {
  const { askCredential, askSecret, askText } = await import('../ui/ask.ts');
  const none = { keys: [], password: null, generated: false };
  switch (await askCredential(name)) {
    case 'key':
      return { ...none, keys: await readPublicKeys(host, await askText('Public key:'), 'what was pasted') };
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
