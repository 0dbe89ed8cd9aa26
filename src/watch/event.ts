import type { EventName } from '../config.ts';
import type {
  AcceptedRecord,
  Login,
  LoginRecord,
  OpenedRecord,
  Session,
  Touch,
  TouchRecord,
  Transfer,
  UploadRecord,
} from '../log/session.ts';
import { acceptedId, type Batch, loginId } from './follow.ts';

/**
 * What is told to hooks and webhooks: an interface with a version. Fields are added, and none is taken away or gets
 * another meaning, without a new one.
 */
export type Event =
  | LoggedIn
  | LoginFailed
  | SessionOpened
  | UploadCompleted
  | SessionClosed
  | LinesMissing
  | QuotaReached;

/** What is kept until it is delivered: what is for ourselves alone is no part of the interface. */
export type Kept = Event | PathTouched;

export const isTold = (event: Kept): event is Event => event.event !== 'path-touched';

type SessionHookName = 'before-session' | 'after-session';

/** What PAM has commands told of: these can hold up a session, or keep it from beginning. */
export type SessionHookEvent = Common<SessionHookName>;

interface Common<Name extends EventName | SessionHookName | 'path-touched'> {
  v: 1;
  event: Name;
  /** The same however often it is told, and of no other event of this name. */
  id: string;
  /** When it happened, UTC. */
  at: string | null;
  host: string;
  user: string | null;
  client: { ip: string | null; port: number | null };
}

/** Somebody was let in. */
interface LoggedIn extends Common<'login'> {
  login: Login;
}

/** A session has begun; whose login it is can turn out to be another as long as it lasts. */
interface SessionOpened extends Common<'session-opened'> {
  /** The id of its `session-closed`. */
  sessionId: string;
  login: Login | null;
}

/** A session has ended, and the log has no more to say of it. */
export interface SessionClosed extends Common<'session-closed'> {
  session: Session;
}

/** An upload that the client completed, told when that is read; whose login it is can turn out to be another. */
interface UploadCompleted extends Common<'upload-completed'> {
  sessionId: string;
  login: Login | null;
  transfer: Transfer;
}

export interface LoginFailed extends Common<'login-failed'> {
  login: LoginRecord;
}

/** A line says that the rights of something can have changed. */
export interface PathTouched extends Common<'path-touched'> {
  touch: Touch;
  /** As it was escaped: a name is bytes. */
  raw: string;
}

/** Lines of a log were gone before they could be read; sessions of that time may be missing. */
export interface LinesMissing extends Common<'lines-missing'> {
  log: string;
  from: string;
  to: string;
}

/** An account has used so much of what it may; once a month for each threshold. */
export interface QuotaReached extends Common<'quota-reached'> {
  quota: {
    kind: 'volume' | 'storage';
    /** The month. */
    period: string;
    /** The threshold, in percent. */
    percent: number;
    /** Bytes. */
    used: number;
    limit: number;
  };
}

/** @param host the name of this machine, which lines are missing of */
export function eventsOf(
  { sessions, logins, opened, accepted, uploads, touches, gaps }: Omit<Batch, 'position' | 'told' | 'mark' | 'lag'>,
  host: string,
): Kept[] {
  return [
    ...gaps.map(
      ({ id, log, from, to }): LinesMissing => ({
        ...{ v: 1, event: 'lines-missing', id, at: to, host, user: null, client: { ip: null, port: null } },
        ...{ log, from, to },
      }),
    ),
    ...accepted.map(loggedIn),
    ...opened.map(sessionOpened),
    ...logins.filter(({ outcome }) => outcome === 'refused').map(loginFailed),
    ...touches.map(pathTouched),
    ...uploads.map(uploadCompleted),
    ...sessions.map(sessionClosed),
  ];
}

export const sessionClosed = (session: Session): SessionClosed => {
  const { id, host, user, client, opened, closed } = session;
  return { v: 1, event: 'session-closed', id, at: closed ?? opened, host, user, client, session };
};

/** The completed uploads of a session that is over. */
export const uploadsOf = ({ id: sessionId, host, user, client, login, transfers }: Session): Event[] =>
  transfers
    .filter(({ direction, status, copy }) => direction === 'upload' && status === 'completed' && copy === undefined)
    .map((transfer) => uploadCompleted({ sessionId, host, user, client, login, transfer }));

const uploadCompleted = ({ sessionId, host, user, client, login, transfer }: UploadRecord): UploadCompleted => ({
  ...{ v: 1, event: 'upload-completed', id: `${sessionId}-${transfer.n}`, at: transfer.closed },
  ...{ host, user, client, sessionId, login, transfer },
});

const pathTouched = ({ id, at, host, user, client, touch, raw }: TouchRecord): PathTouched => ({
  ...{ v: 1, event: 'path-touched', id, at, host, user, client, touch, raw },
});

const loggedIn = (record: AcceptedRecord): LoggedIn => {
  const { at, host, user, client, login } = record;
  return { v: 1, event: 'login', id: acceptedId(record), at, host, user, client, login };
};

const sessionOpened = ({ id, at, host, user, client, login }: OpenedRecord): SessionOpened => ({
  ...{ v: 1, event: 'session-opened', id, at, host, user, client },
  ...{ sessionId: id, login },
});

export const loginFailed = (login: LoginRecord): LoginFailed => {
  const { at, host, user, ip, port } = login;
  return { v: 1, event: 'login-failed', id: loginId(login), at, host, user, client: { ip, port }, login };
};
