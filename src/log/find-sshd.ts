import { SSHD_MESSAGES, type SshdKind } from './sshd-messages.ts';

/** What a message names; not all name the same. */
export class SshdFields {
  ip: string | undefined = undefined;
  port: string | undefined = undefined;
  user: string | undefined = undefined;
  reason: string | undefined = undefined;
  method: string | undefined = undefined;
  keyType: string | undefined = undefined;
  fingerprint: string | undefined = undefined;
  process: string | undefined = undefined;
  child: string | undefined = undefined;
  id: string | undefined = undefined;
  code: string | undefined = undefined;
}

export interface FoundSshd {
  kind: SshdKind;
  fields: SshdFields;
}

const NONE = new SshdFields();

/** What stands in a shape for itself, up to what does not. */
const PLAIN = /^[\w :,-]*/;

/** Of each row the words that a line begins with which it matches; null where there are others. */
const BEGINNINGS = SSHD_MESSAGES.map(({ shape }) => beginningsOf(shape.source.slice(1)));

function beginningsOf(source: string): string[] | null {
  const [, words, isOptional, rest = ''] = /^\((?:\?:|\?<\w+>)?([^()\\]*)\)(\??)(.*)$/s.exec(source) ?? [];
  const begun = words === undefined ? [plainOf(source)] : words.split('|').map(plainOf);
  const all = isOptional === '?' ? [...begun, ...(beginningsOf(rest) ?? [''])] : begun;
  return all.includes('') ? null : all;
}

/** A character that may be missing, or come again, is none to begin with. */
function plainOf(source: string): string {
  const [plain = ''] = PLAIN.exec(source) ?? [];
  return '?*+{'.includes(source[plain.length] ?? ' ') ? plain.slice(0, -1) : plain;
}

/** A row, and which of its groups are fields: to number them takes less time than to have them named each time. */
interface Row {
  kind: SshdKind;
  shape: RegExp;
  groups: readonly (keyof SshdFields | null)[];
}

const GROUP = /\\.|\((?:\?<(\w+)>|(?!\?))/g;
const FIELDS = Object.keys(NONE);

const ROWS = SSHD_MESSAGES.map(({ kind, shape: { source } }): Row => {
  const groups = [...source.matchAll(GROUP)].filter(([text]) => text.startsWith('('));
  return {
    kind,
    shape: new RegExp(source.replace(/\(\?<\w+>/g, '(')),
    groups: groups.map(([, name = '']) => (FIELDS.includes(name) ? (name as keyof SshdFields) : null)),
  };
});

const LENGTH = 12;
const byBeginning = new Map<string, Row[]>();

/** The rows that can match, by the first characters: a line is tried against few of them. */
function rowsFor(beginning: string): Row[] {
  let rows = byBeginning.get(beginning);
  if (rows === undefined) {
    rows = ROWS.filter((_, place) => mayBegin(BEGINNINGS[place] ?? null, beginning));
    // Who can make sshd say what it likes fills no memory.
    if (byBeginning.size === MOST_BEGINNINGS) byBeginning.clear();
    byBeginning.set(beginning, rows);
  }
  return rows;
}

const MOST_BEGINNINGS = 1000;

const mayBegin = (words: readonly string[] | null, beginning: string): boolean =>
  words === null || words.some((word) => beginning.startsWith(word.slice(0, LENGTH)));

/** @param text one character for each byte, without ` [preauth]` @returns null for what sshd is not known to say */
export function findSshd(text: string): FoundSshd | null {
  for (const { kind, shape, groups } of rowsFor(text.slice(0, LENGTH))) {
    const found = shape.exec(text);
    if (found) return { kind, fields: kind === 'noise' ? NONE : fieldsOf(found, groups) };
  }
  return null;
}

function fieldsOf(found: RegExpExecArray, groups: Row['groups']): SshdFields {
  const fields = new SshdFields();
  for (let group = 0; group < groups.length; group++) {
    const name = groups[group];
    if (name) fields[name] = found[group + 1];
  }
  return fields;
}
