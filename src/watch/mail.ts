import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createTransport } from 'nodemailer';
import { SENDMAIL_SOCKET } from '../conf/helpers.ts';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import type { Session } from '../log/session.ts';
import { millisecondsOf, parseMail } from '../spec.ts';
import { bytesText } from '../ui/quantities.ts';
import { zoneOf } from '../zone.ts';
import type { Event, Kept, LinesMissing, QuotaReached } from './event.ts';
import { type Letter, MAIL_FOLDER, openMailTemplates } from './mail-templates.ts';
import { mailView } from './mail-view.ts';
import type { Delivery } from './outbox.ts';
import { sha256 } from './place.ts';
import { type Answer, ask, hasUnit } from './relay.ts';
import { readSecret } from './secret.ts';
import type { Sink } from './sink.ts';

/** Milliseconds that a server may take for one step. */
const PATIENCE = 30_000;

/** @param own reads one of our templates */
export function openMail(config: Config, own: (name: string) => string): Sink {
  const { mail } = config;
  const machine = hostname();
  const letterOf = openMailTemplates(MAIL_FOLDER, own);
  const zone = zoneOf(config.log.timezone);
  // One that a template cannot be filled with is found now, and not with the first session.
  letterOf(mailView([SAMPLE], machine, zone));
  return {
    name: 'mail',
    concurrency: 4,
    gather:
      millisecondsOf(mail.gather) === 0
        ? null
        : { isMeant: ({ id }) => id.startsWith('session-closed '), id: digestId },
    async deliver(events, { id, to }, signal) {
      const sessions = events.flatMap((event) => (event.event === 'session-closed' ? [event.session] : []));
      const [event] = events;
      await send(config, to, noticeLetter(event) ?? letterOf(mailView(sessions, machine, zone)), id, signal);
    },
  };
}

/** The same for the same recipient and sessions, so that a digest that comes twice can be told. */
const digestId = (deliveries: readonly Delivery[]): string =>
  `digest ${sha256(Buffer.from([deliveries[0]?.to, ...deliveries.map(({ id }) => id)].join('\n'))).slice(0, 16)}`;

/** What is told of anything but sessions. */
const noticeLetter = (event: Kept | undefined): Letter | null => {
  if (event?.event === 'lines-missing') return gapLetter(event);
  return event?.event === 'quota-reached' ? quotaLetter(event) : null;
};

/** Nothing in it is a customer's choice: an account's name and the configuration's figures. */
const quotaLetter = ({ user, quota: { kind, period, percent, used, limit } }: QuotaReached): Letter => {
  const what = kind === 'volume' ? `moved in ${period}` : 'stored';
  const text = `${user} has ${what} ${bytesText(used)} of ${bytesText(limit)}: ${percent} % are reached.\n`;
  const subject = `SFTP: ${user} has reached ${percent} % of its ${kind}`;
  return { subject, text, html: `<p>${text.trim()}</p>\n` };
};

const gapLetter = ({ log, from, to, host }: LinesMissing): Letter => {
  const text = `Lines of ${log} on ${host} from ${from} to ${to} were gone before they were read.\nSessions of that time may not have been told.\n`;
  return { subject: `SFTP: lines of ${log} are missing`, text, html: `<p>${text.trim().replace('\n', '<br>')}</p>\n` };
};

/**
 * Hands a mail on: to the server, or to the configured program, by a unit of its own where there is one.
 *
 * @param id the same at every attempt: it is in the headers, so that a mail that came twice can be told
 */
export async function send(
  config: Config,
  to: string,
  letter: Letter,
  id: string,
  signal?: AbortSignal,
): Promise<void> {
  if (config.mail.sendmail === null || !hasUnit(SENDMAIL_SOCKET)) return hand(config, { to, letter, id });
  const mail: Mail = { to, letter, id };
  const answer = await ask(SENDMAIL_SOCKET, mail, SENDMAIL_PATIENCE, signal ?? new AbortController().signal);
  const { failure } = answer ?? { failure: 'ended without a word' };
  if (failure !== null) throw new Error(failure);
}

/** Milliseconds; the unit is ended after two minutes. */
const SENDMAIL_PATIENCE = 150_000;

interface Mail {
  to: string;
  letter: Letter;
  id: string;
}

/** For the unit that runs the program. */
export async function answerMail(config: Config, question: string): Promise<Answer> {
  try {
    if (config.mail.sendmail === null) throw new Error('mail.sendmail is not configured');
    const { to, letter, id } = JSON.parse(question) as Mail;
    await hand(config, { to: parseMail(to), letter, id });
    return { failure: null };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

async function hand({ mail }: Config, { to, letter, id }: Mail): Promise<void> {
  const machine = hostname();
  const isolated = { disableFileAccess: true, disableUrlAccess: true };
  const transport =
    mail.sendmail === null
      ? createTransport({ ...serverOptions(mail.smtp), ...isolated })
      : createTransport({ sendmail: true, path: mail.sendmail, newline: 'unix', ...isolated });
  try {
    await transport.sendMail({
      from: mail.from ?? `sftpjail@${machine}`,
      to,
      ...letter,
      messageId: `<${sha256(Buffer.from(`${id}\n${to}`)).slice(0, 32)}@${machine}>`,
      headers: { 'X-Sftpjail-Id': id, 'Auto-Submitted': 'auto-generated' },
    });
  } finally {
    transport.close();
  }
}

function serverOptions({ host, port, tls, ca, user, passwordFile }: Config['mail']['smtp']) {
  return {
    ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'starttls', ignoreTLS: tls === 'none' },
    ...{ connectionTimeout: PATIENCE, greetingTimeout: PATIENCE, socketTimeout: 2 * PATIENCE },
    ...(user !== null && passwordFile !== null && { auth: { user, pass: readSecret(passwordFile) } }),
    // What nobody insists on protects from nobody who is in the way: any certificate is better than none.
    tls: { rejectUnauthorized: tls !== 'auto', ...(ca !== null && { ca: readFileSync(ca) }) },
  };
}

/** Whether a mail is worth its while: something was moved, or tried. */
export const movedSomething = ({ transfers, changes, omitted = 0 }: Session): boolean =>
  transfers.length + changes.length + omitted > 0;

export const isMailed = (event: Event, { mail }: Config): boolean =>
  event.event === 'lines-missing' ||
  event.event === 'quota-reached' ||
  (event.event === 'session-closed' && (mail.empty || movedSomething(event.session)));

const SAMPLE: Session = {
  ...{
    v: 1,
    id: '0123456789abcdef',
    host: 'host',
    user: 'acme',
    client: { ip: '192.0.2.1', port: 50_000 },
    login: null,
  },
  ...{ opened: '2026-11-20T10:00:00Z', closed: '2026-11-20T10:01:00Z', end: 'closed' },
  transfers: [
    {
      ...{ n: 1, direction: 'upload', path: '/data/file', bytesRead: 0, bytesWritten: 1000, status: 'completed' },
      ...{ exact: true, opened: '2026-11-20T10:00:10Z', closed: '2026-11-20T10:00:20Z' },
    },
  ],
  changes: [],
  totals: {
    ...{ uploads: 1, downloads: 0, bytesIn: 1000, bytesOut: 0, bytesCopied: 0, removed: 0, failed: 0, exact: true },
  },
};

/** A mail that shows what others will look like. */
export const sampleLetter = (config: Config, own: (name: string) => string): Letter => {
  const letter = openMailTemplates(MAIL_FOLDER, own)(mailView([SAMPLE], hostname(), zoneOf(config.log.timezone)));
  return { ...letter, subject: `Test: ${letter.subject}` };
};
