import type { ChalkInstance } from 'chalk';
import { type Access, accessOf } from '../plan/access.ts';
import type { Change, Plan } from '../plan/change.ts';

/** A plan as an operator reads it before agreeing: one line for each change, in order. */
export function describePlan({ changes, notes }: Plan, paint: ChalkInstance): string[] {
  return [...describeChanges(changes, paint), ...notes.map((note) => `  ${paint.yellow('note')} ${note}`)];
}

/** As many neighbours of one kind as are worth reading one by one. */
const READABLE = 20;

/** One line for each change; of a crowd that is all alike, the first few and how many more there are. */
export function describeChanges(changes: readonly Change[], paint: ChalkInstance): string[] {
  const crowds: Change[][] = [];
  for (const change of changes) {
    const [first] = crowds.at(-1) ?? [];
    if (first && isAlike(first, change)) crowds.at(-1)?.push(change);
    else crowds.push([change]);
  }
  return crowds.flatMap((crowd) => {
    const shown = crowd.length > READABLE ? crowd.slice(0, READABLE / 2) : crowd;
    const lines = shown.flatMap((change) => describeChange(change, paint) ?? []);
    const more = crowd.length - shown.length;
    return more > 0 && lines.length > 0 ? [...lines, `    … and ${more} more of the kind ${crowd[0]?.kind}`] : lines;
  });
}

const isAlike = (one: Change, other: Change): boolean =>
  one.kind === other.kind &&
  (one.before === null) === (other.before === null) &&
  (one.after === null) === (other.after === null);

function describeChange(change: Change, paint: ChalkInstance): string | null {
  const { kind, at, before, after } = change;
  if (kind === 'sync') return after === null ? null : `  ${paint.cyan('!')} ${syncWords(at, after.way)}`;
  if (kind === 'check')
    return after === null ? null : `  ${paint.dim(`? ${at}${after.user ? `: ${after.user}` : ''}`)}`;
  if (kind === 'socket') return null;
  if (kind === 'sessions') return `  ${paint.cyan('!')} end the sessions of ${at.replaceAll(' ', ', ')}`;
  if (kind === 'password') return `  ${paint.green('+')} password of ${at}`;
  if (kind === 'retired') return `  ${paint.yellow('~')} move ${at} to ${(after ?? before)?.to}`;
  if (kind === 'expiry') return `  ${paint.yellow('~')} ${accessWords(at, accessOf({ expires: after?.day ?? null }))}`;
  const sign = before === null ? paint.green('+') : after === null ? paint.red('-') : paint.yellow('~');
  return `  ${sign} ${kind === 'daemonFolder' ? 'directory' : kind} ${at}${details(change)}`;
}

const accessWords = (name: string, { locked, expires }: Access): string =>
  locked ? `lock ${name}` : `open ${name}${expires === null ? '' : ` until ${expires}`}`;

/** What is about to be, and for a change also what was. */
function details({ before, after }: Change): string {
  const now = after as Record<string, unknown> | null;
  const was = before as Record<string, unknown> | null;
  if (now === null) return '';
  const shown = Object.entries(now).flatMap(([key, value]) => {
    const from = was?.[key];
    if (key === 'content') return was === null || from === value ? [] : ['content'];
    if (was === null) return key === 'comment' && value === '' ? [] : [words(key, value)];
    return JSON.stringify(from) === JSON.stringify(value) ? [] : [`${key} ${plain(from)} -> ${plain(value)}`];
  });
  return shown.length === 0 ? '' : ` (${shown.join(', ')})`;
}

const plain = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value)) || '(none)';
const words = (key: string, value: unknown): string => (key === 'mode' ? plain(value) : `${key} ${plain(value)}`);

function syncWords(at: string, way: 'in' | 'out'): string {
  if (at === 'sshd') return way === 'in' ? 'sshd reads its configuration again' : 'sshd goes on without us';
  if (at === 'rsyslog') return way === 'in' ? 'restart rsyslog' : 'restart rsyslog without us';
  if (at === 'systemd') return 'systemd reads its units again';
  if (at === 'systemd-journald.service') return 'restart the journal';
  return `${way === 'in' ? 'start' : 'stop'} ${at}`;
}
