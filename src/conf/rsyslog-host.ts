import { type ConfFile, type FilesFor, hasWildcard, inOrder, matchesGlob } from './glob.ts';
import { RSYSLOG_DROP_IN } from './rsyslog.ts';
import { parseRsyslogStatements, type RsyslogStatement } from './rsyslog-statements.ts';

/** What the host's own rsyslog configuration decides for us; our drop-in's content is left out of it. */
export interface RsyslogHost {
  /** Whether an include reaches our drop-in, be it there already or not. */
  includesDropIns: boolean;
  /** Whom rsyslogd becomes after its start, a name or a number; null where it stays root. */
  user: string | null;
  group: string | null;
  /** The last word on it; `afterOurs` when it is read after our drop-in, and so beats what that says. */
  repeatedMsgReduction: { file: string; line: number; on: boolean; afterOurs: boolean } | null;
  loadsImuxsock: boolean;
}

interface Reading {
  host: RsyslogHost;
  /** Values by their key in lower case: `user.name`, `user.id`, `group.name`, `group.id` of global(), and legacy `user`, `group`. */
  drop: Map<string, string>;
  filesFor: FilesFor;
  dropIn: string;
}

/** Reads rsyslog.conf and what it includes, in place and in order. Never throws. */
export function parseRsyslogHost(main: ConfFile, filesFor: FilesFor, dropIn: string = RSYSLOG_DROP_IN): RsyslogHost {
  const host = { includesDropIns: false, user: null, group: null, repeatedMsgReduction: null, loadsImuxsock: false };
  const reading: Reading = { host, drop: new Map(), filesFor, dropIn };
  readFile(main, [], reading);
  return { ...reading.host, user: droppedTo('user', reading), group: droppedTo('group', reading) };
}

/** global() is applied once everything is read, so it beats the `$PrivDropTo...` lines wherever they stand (glbl.c). */
const droppedTo = (what: 'user' | 'group', { drop }: Reading): string | null =>
  drop.get(`${what}.name`) ?? drop.get(`${what}.id`) ?? drop.get(what) ?? null;

function readFile({ file, text }: ConfFile, open: readonly string[], reading: Reading): void {
  // A file that is being read is passed over (lexer.l, cnfSetLexFile).
  if (open.includes(file)) return;
  for (const statement of parseRsyslogStatements(text)) {
    const pattern = includedBy(statement);
    if (pattern !== null) include(pattern, [...open, file], reading);
    else if (statement.kind === 'directive') takeDirective(statement, file, reading);
    else takeObject(statement, reading);
  }
}

function includedBy(statement: RsyslogStatement): string | null {
  if (statement.kind === 'directive') return statement.name === 'includeconfig' ? statement.value : null;
  return statement.name === 'include' && isEnabled(statement) ? (statement.params.get('file') ?? null) : null;
}

function include(pattern: string, open: readonly string[], reading: Reading): void {
  const { dropIn, filesFor, host } = reading;
  const patterns = patternsOf(pattern);
  let found: readonly ConfFile[] = [];
  for (const each of patterns) if (found.length === 0) found = filesFor(each);
  const files = inOrder(found);
  const reachesOurs = patterns.some((each) => matchesGlob(dropIn, each));
  for (const file of files.filter((each) => !reachesOurs || each.file < dropIn)) readFile(file, open, reading);
  if (!reachesOurs) return;
  host.includesDropIns = true;
  if (host.repeatedMsgReduction) host.repeatedMsgReduction.afterOurs = false;
  for (const file of files.filter((each) => each.file > dropIn)) readFile(file, open, reading);
}

/** A folder stands for all files in it (rainerscript.c, cnfDoInclude). */
const patternsOf = (pattern: string): string[] =>
  pattern.endsWith('/')
    ? [`${pattern}*`]
    : hasWildcard(pattern) || pattern === ''
      ? [pattern]
      : [pattern, `${pattern}/*`];

type Named<Kind> = Extract<RsyslogStatement, { kind: Kind }>;

function takeDirective({ name, value, line }: Named<'directive'>, file: string, { host, drop }: Reading): void {
  const [, what, id] = /^privdropto(user|group)(id)?$/.exec(name) ?? [];
  if (what !== undefined && value !== '' && !(id && !/^\d+$/.test(value))) drop.set(what, value);
  if (name === 'modload') host.loadsImuxsock ||= isImuxsock(value);
  if (name === 'repeatedmsgreduction' && /^(on|off)$/.test(value))
    host.repeatedMsgReduction = { file, line, on: value === 'on', afterOurs: host.includesDropIns };
}

function takeObject(statement: Named<'object'>, { host, drop }: Reading): void {
  if (!isEnabled(statement)) return;
  const { name, params } = statement;
  if (name === 'module') host.loadsImuxsock ||= isImuxsock(params.get('load') ?? '');
  if (name !== 'global') return;
  for (const [key, value] of params) {
    const what = /^privdrop\.((user|group)\.(name|id))$/.exec(key)?.[1];
    if (what !== undefined) drop.set(what, value);
  }
}

const isEnabled = ({ params }: Named<'object'>): boolean => params.get('config.enabled')?.toLowerCase() !== 'off';

const isImuxsock = (module: string): boolean => /^(.*\/)?imuxsock(\.so)?$/.test(module);
