import * as v from 'valibot';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
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

/** Reads a manifest, all of it, with everything that is wrong in it. */
export function parseManifest(text: string, file: string): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const complaints: Complaint[] = document.errors.map(({ pos, message }) => ({ place: placeOf(pos[0]), message }));
  const read: Reading = { document, placeOf, complaints, keys: [] };
  const users = complaints.length > 0 ? [] : usersIn(read);
  return { users, keys: read.keys, complaints: [...complaints, ...judgeTogether(users)], notes: [] };
}

interface Reading {
  document: Document.Parsed;
  placeOf(offset: number): Place;
  complaints: Complaint[];
  keys: Manifest['keys'];
}

function usersIn({ document, placeOf, complaints, keys: allKeys }: Reading): ManifestUser[] {
  const complain = (node: unknown, message: string) => complaints.push({ place: placeOf(offsetOf(node)), message });
  const { contents } = document;
  if (!isMap(contents)) {
    complain(contents, 'expects users: and a list below it');
    return [];
  }
  for (const { key } of contents.items)
    if (!isScalar(key) || key.value !== 'users')
      complain(key, `${JSON.stringify(key)} is not a key of ours; use users`);
  const list = contents.get('users', true);
  if (list === undefined) complain(contents, 'lacks users');
  else if (!isSeq(list)) complain(list, 'users: expects a list');
  const items = isSeq(list) ? list.items : [];
  return items.flatMap((item) => {
    const complainOf = (keys: readonly PropertyKey[], message: string) => complain(nodeAt(item, keys), message);
    const said: unknown = isMap(item) ? item.toJS(document) : null;
    for (const [index, line] of keysIn(said).entries())
      allKeys.push({ line, place: placeOf(offsetOf(nodeAt(item, ['keys', index]))) });
    const result = v.safeParse(USER, said);
    if (result.success) {
      const { output } = result;
      const contradiction = FOR_CUSTOMERS.find((key) => output.admin && output[key]);
      if (contradiction !== undefined)
        complainOf([contradiction], `${contradiction}: is for customers, not for an admin`);
      return [userOf(output, placeOf(offsetOf(nodeAt(item, ['name']))))];
    }
    for (const issue of result.issues) {
      const keys = issue.path?.map(({ key }) => key as PropertyKey) ?? [];
      complainOf(keys, messageOf(issue, keys));
    }
    return [];
  });
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

/** The node that a path leads to: the key of a pair, or its parent where it is missing. */
function nodeAt(node: unknown, keys: readonly PropertyKey[]): unknown {
  const [key, ...rest] = keys;
  if (isSeq(node) && typeof key === 'number')
    return node.items[key] === undefined ? node : nodeAt(node.items[key], rest);
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  if (pair === undefined) return node;
  return rest.length === 0 ? pair.key : nodeAt(pair.value, rest);
}

const offsetOf = (node: unknown): number => (node as { range?: [number] | null } | null)?.range?.[0] ?? 0;
