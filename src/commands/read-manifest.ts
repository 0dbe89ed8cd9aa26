import { readFileSync } from 'node:fs';
import { type Complaint, complaintText, type Manifest, type ManifestUser } from '../conf/manifest.ts';
import { plainItems } from '../conf/manifest-plain.ts';
import { parseUsersConf } from '../conf/users-conf.ts';
import type { Context } from '../context.ts';
import { OperatorError, reasonOf, wrongUsage } from '../errors.ts';
import { judgeKeys, rejectionsBySshd } from '../host/keys.ts';
import { shellQuote } from '../quote.ts';
import { refuseGroupName } from './judge-account.ts';

/** What a file says, however wrong; a file that cannot be read is refused. */
export async function readManifest(file: string, format: string): Promise<Manifest> {
  if (format !== 'manifest' && format !== 'users.conf')
    throw wrongUsage(
      `${JSON.stringify(format)} is not a format of ours`,
      'use --format manifest or --format users.conf',
    );
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw wrongUsage(`cannot read ${file}: ${reasonOf(error)}`, `ls -l ${shellQuote(file)}`);
  }
  const name = file === '-' ? 'stdin' : file;
  if (format === 'users.conf') return parseUsersConf(text, name);
  const { judgeItems } = await import('../conf/manifest-items.ts');
  return judgeItems(plainItems(text, name) ?? (await import('../conf/manifest-yaml.ts')).yamlItems(text, name));
}

/** Says everything that is wrong with the file itself. @throws OperatorError `usage` */
export async function refuseWrong(
  context: Context,
  file: string,
  { users, keys, complaints }: Manifest,
): Promise<void> {
  const { host } = context;
  const judged = await judgeKeys(
    host,
    keys.map(({ line }) => line),
  );
  const usable = judged.flatMap((key) => ('wrong' in key ? [] : [key]));
  const whys = await rejectionsBySshd(host, users[0]?.name ?? '', usable);
  const rejections = new Map(usable.map((key, index) => [key, whys[index] ?? undefined]));
  const all = [
    ...complaints,
    ...complaintsOf(users, ({ name }) => refuseGroupName(context, name)),
    ...judged.flatMap((key, index): Complaint[] => {
      const place = keys[index]?.place ?? '';
      if ('wrong' in key) return [{ place, message: `the key ${key.wrong}` }];
      const why = rejections.get(key);
      return why === undefined ? [] : [{ place, message: why }];
    }),
  ];
  if (all.length > 0) throw wrongUsage(complaintText(all), `edit ${shellQuote(file)}`);
}

/** What is wrong with each account, in the words of whoever judges it. */
export function complaintsOf(users: readonly ManifestUser[], judge: (user: ManifestUser) => void): Complaint[] {
  return users.flatMap((user) => {
    try {
      judge(user);
      return [];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return [{ place: user.place, message: error.message }];
    }
  });
}
