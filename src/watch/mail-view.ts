import type { Session, SessionChange, Transfer } from '../log/session.ts';
import { amountText, timeText } from '../ui/quantities.ts';
import { cut, visible } from '../ui/visible.ts';

/** As many files of one kind, and sessions of one mail, are listed; further ones are counted. */
const [MOST_ITEMS, MOST_AMONG_SEVERAL, MOST_SESSIONS] = [50, 5, 50];
const LONGEST_NAME = 200;

interface Item {
  size: string;
  path: string;
  note: string;
}

interface Group {
  title: string;
  count: number;
  items: Item[];
  /** How many are not listed. */
  more: number;
}

interface SessionView {
  id: string;
  user: string;
  host: string;
  from: string;
  login: string;
  opened: string;
  closed: string;
  end: string;
  summary: string[];
  groups: Group[];
  received: string;
  sent: string;
  /** What the figures leave open; empty where they are all there. */
  doubt: string;
}

/** What a mail's templates are given: text only, in which nothing of a customer's can play with a terminal. */
export interface MailView {
  machine: string;
  several: boolean;
  count: number;
  first: SessionView;
  sessions: SessionView[];
  /** How many sessions are not listed. */
  more: number;
}

const name = (text: string): string => cut(visible(text), LONGEST_NAME);

export function mailView(sessions: readonly Session[], machine: string, zone: string): MailView {
  const most = sessions.length > 1 ? MOST_AMONG_SEVERAL : MOST_ITEMS;
  const views = sessions.slice(0, MOST_SESSIONS).map((session) => sessionView(session, zone, most));
  return {
    machine,
    several: sessions.length > 1,
    count: sessions.length,
    first: views[0] as SessionView,
    sessions: views,
    more: sessions.length - views.length,
  };
}

function sessionView(session: Session, zone: string, most: number): SessionView {
  const { id, user, host, client, login, opened, closed, end, totals, omitted = 0 } = session;
  const groups = groupsOf(session, most);
  const port = client.port === null ? '' : ` port ${client.port}`;
  const zoned = (stamp: string | null) => (stamp === null ? 'not known' : `${timeText(stamp, zone)} (${zone})`);
  return {
    id,
    user: name(user ?? 'somebody'),
    host: name(host),
    from: client.ip === null ? 'not known' : `${name(client.ip)}${port}`,
    login: login === null ? 'not known' : name(loginText(login)),
    opened: zoned(opened),
    closed: zoned(closed),
    end: ENDS[end],
    summary: groups.map(({ title, count }) => `${count} ${count === 1 ? singular(title) : title.toLowerCase()}`),
    groups,
    received: amountText(totals.bytesIn, totals.exact),
    sent: amountText(totals.bytesOut, totals.exact),
    doubt: [
      ...(totals.exact ? [] : ['Some figures could not be read from the log: with a ≥ they are at least so much.']),
      ...(omitted > 0 ? [`${omitted} further transfers and changes are counted and not listed.`] : []),
    ].join(' '),
  };
}

const singular = (title: string): string => title.toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');

const ENDS: Record<Session['end'], string> = {
  closed: 'closed by the client',
  aborted: 'broken off',
  killed: 'killed',
  timeout: 'timed out',
  open: 'still open',
  unknown: 'not known',
};

const loginText = ({ method, keyType, fingerprint, ambiguous }: NonNullable<Session['login']>): string =>
  [method ?? 'not known', keyType, fingerprint, ambiguous ? '(one of several)' : null]
    .filter((word) => word !== null)
    .join(' ');

function groupsOf({ transfers, changes }: Session, most: number): Group[] {
  const done = (direction: Transfer['direction'], status: Transfer['status']) =>
    transfers.filter((each) => each.direction === direction && each.status === status && each.copy === undefined);
  const made = (action: SessionChange['action']) =>
    changes.filter((each) => each.action === action && each.status !== 'failed');
  const failed = [...transfers.filter(isFailed).map(failedTransfer), ...changes.filter(isFailed).map(failedChange)];
  const rest = transfers.filter(
    (each) =>
      each.copy === undefined && each.status !== 'failed' && (each.status === 'unknown' || each.direction === 'both'),
  );
  const group = (title: string, all: Item[]): Group => {
    const items = all.slice(0, most);
    return { title, count: all.length, items, more: all.length - items.length };
  };
  return [
    group('Uploads', done('upload', 'completed').map(uploaded)),
    group('Downloads', done('download', 'completed').map(downloaded)),
    group('Incomplete uploads', done('upload', 'partial').map(uploaded)),
    group('Incomplete downloads', done('download', 'partial').map(downloaded)),
    group('Other transfers', rest.map(uploaded)),
    group('Copies', transfers.filter(({ copy, status }) => copy !== undefined && status !== 'failed').map(uploaded)),
    group('Removals', [...made('remove'), ...made('rmdir')].map(changed)),
    group('Renames', made('rename').map(changed)),
    group('New folders', made('mkdir').map(changed)),
    group('Links', [...made('symlink'), ...made('hardlink')].map(changed)),
    group('Failures', failed),
  ].filter(({ count }) => count > 0);
}

const isFailed = ({ status, action }: { status: string; action?: string }): boolean =>
  status === 'failed' || action === 'refused';

const sized = (bytes: number | null, { path, pathCut, exact }: Transfer): Item => ({
  size: amountText(bytes, exact).padStart(8),
  path: `${name(path)}${pathCut ? '…' : ''}`,
  note: '',
});
const uploaded = (transfer: Transfer): Item => sized(transfer.bytesWritten, transfer);
const downloaded = (transfer: Transfer): Item => sized(transfer.bytesRead, transfer);

const changed = ({ path, pathCut, target }: SessionChange): Item => ({
  size: ''.padStart(8),
  path: `${path === null ? 'not known' : name(path)}${pathCut ? '…' : ''}${target === undefined ? '' : ` -> ${name(target)}`}`,
  note: '',
});

const failedTransfer = (transfer: Transfer): Item => ({
  ...sized(null, transfer),
  size: ''.padStart(8),
  note: name([transfer.direction, transfer.error].filter(Boolean).join(': ')),
});

const failedChange = (change: SessionChange): Item => ({
  ...changed(change),
  note: name([change.request ?? change.action, change.error].filter(Boolean).join(': ')),
});
