import * as v from 'valibot';
import { wrongUsage } from '../errors.ts';
import { wordOf } from '../schema.ts';
import {
  parseComment,
  parseDate,
  parseFolderName,
  parseFolderPath,
  parseLogLevel,
  parseMail,
  parsePasswordHash,
  parseUid,
  parseUserName,
} from '../spec.ts';
import { type Complaint, judgeTogether, type Manifest, type ManifestUser, type Place } from './manifest.ts';

/** Text that one of spec's validators accepts. */
const word = <Value>(parse: (text: string) => Value) => wordOf('expects text', parse);

const isOneLine = (text: string): string => {
  if (/[\r\n]/.test(text)) throw wrongUsage('expects one line');
  return text.trim();
};
const flag = v.boolean('expects true or false');
const listOf = <Value>(parse: (text: string) => Value) => v.array(word(parse), 'expects a list');

const USER = v.strictObject({
  name: word(parseUserName),
  readOnly: v.exactOptional(flag),
  admin: v.exactOptional(flag),
  keys: v.exactOptional(listOf(isOneLine)),
  mail: v.exactOptional(v.nullable(word(parseMail))),
  logLevel: v.exactOptional(v.nullable(word(parseLogLevel))),
  expires: v.exactOptional(v.nullable(word(parseDate))),
  locked: v.exactOptional(flag),
  uid: v.exactOptional(
    v.pipe(
      v.union([v.number(), v.string()], 'expects a number'),
      v.transform((uid) => String(uid)),
      word(parseUid),
    ),
  ),
  comment: v.exactOptional(word(parseComment)),
  data: v.exactOptional(listOf(parseFolderPath)),
  shares: v.exactOptional(listOf(parseFolderName)),
  passwordHash: v.exactOptional(word(parsePasswordHash)),
});

const KNOWN = Object.keys(USER.entries).join(', ');
const FOR_CUSTOMERS = ['readOnly', 'data', 'shares'] as const;

/** What a file says of its accounts, before anybody has judged it. */
export interface ManifestItems {
  items: readonly ManifestItem[];
  /** Why it is no list of accounts; nothing else is judged then. */
  complaints: Complaint[];
}

export interface ManifestItem {
  said: unknown;
  /** Where something in it stands: a key, an entry of a list, or what should have it. */
  placeOf(keys: readonly PropertyKey[]): Place;
}

/** Judges everything that a manifest says. */
export function judgeItems({ items, complaints: unreadable }: ManifestItems): Manifest {
  const [keys, complaints]: [Manifest['keys'], Complaint[]] = [[], [...unreadable]];
  const users = items.flatMap(({ said, placeOf }) => {
    for (const [index, line] of keysIn(said).entries()) keys.push({ line, place: placeOf(['keys', index]) });
    const result = v.safeParse(USER, said);
    if (!result.success) {
      for (const issue of result.issues) {
        const path = issue.path?.map(({ key }) => key as PropertyKey) ?? [];
        complaints.push({ place: placeOf(path), message: messageOf(issue, path) });
      }
      return [];
    }
    const { output } = result;
    const contradiction = FOR_CUSTOMERS.find((key) => output.admin && output[key]);
    if (contradiction !== undefined)
      complaints.push({
        place: placeOf([contradiction]),
        message: `${contradiction}: is for customers, not for an admin`,
      });
    return [userOf(output, placeOf(['name']))];
  });
  return { users, keys, complaints: [...complaints, ...judgeTogether(users)], notes: [] };
}

function messageOf(issue: v.BaseIssue<unknown>, keys: readonly PropertyKey[]): string {
  const what = keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : String(key)))
    .join('.')
    .replaceAll('.[', '[');
  if (keys.length === 0) return 'expects name: and what else is to be said of an account';
  if (issue.type !== 'strict_object') return `${what}: ${issue.message}`;
  return issue.expected === 'never' ? `${what} is not a key of ours; use one of ${KNOWN}` : `lacks ${what}`;
}

type Parsed = v.InferOutput<typeof USER>;

const keysIn = (said: unknown): string[] => {
  const { keys } = (said ?? {}) as { keys?: unknown };
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string' && !/[\r\n]/.test(key)).map(trimmed) : [];
};
const trimmed = (text: string): string => text.trim();

function userOf({ readOnly, admin, data, ...same }: Parsed, place: Place): ManifestUser {
  return {
    ...same,
    place,
    ...(admin ? { role: 'admin' } : readOnly !== undefined && { role: readOnly ? 'readOnly' : 'only' }),
    ...(data && { folders: data }),
  };
}
