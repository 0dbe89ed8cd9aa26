import { wrongUsage } from './errors.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type UserName = Branded<string, 'UserName'>;
export type GroupName = Branded<string, 'GroupName'>;
export type FolderName = Branded<string, 'FolderName'>;
/** An absolute path without `.`, `..`, doubled slashes or characters that a configuration file would split or expand. */
export type HostPath = Branded<string, 'HostPath'>;
export type Umask = Branded<string, 'Umask'>;
/** A span of time such as 10s, 5m, 2h or 5d. */
export type Duration = Branded<string, 'Duration'>;
export type NetworkPlace = Branded<string, 'NetworkPlace'>;
/** The address of another machine, written as rsyslog writes it. */
export type SenderAddress = Branded<string, 'SenderAddress'>;
/** The name of a machine as it stands in a line of a log. */
export type MachineName = Branded<string, 'MachineName'>;
/** A folder below another one: one or more names with slashes between. */
export type FolderPath = Branded<string, 'FolderPath'>;
/** A password as crypt(5) hashed it. */
export type PasswordHash = Branded<string, 'PasswordHash'>;
/** A decimal number as it was written, never a float: money, and what it costs by the gigabyte. */
export type Decimal = Branded<string, 'Decimal'>;
/** A month of the calendar, `2026-10`. */
export type Month = Branded<string, 'Month'>;
/** A name of the time zone database. */
export type TimeZone = Branded<string, 'TimeZone'>;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Facility = (typeof FACILITIES)[number];

/** Levels and facilities as OpenSSH spells them (log.c, log_levels and log_facilities). */
export const LOG_LEVELS = ['QUIET', 'FATAL', 'ERROR', 'INFO', 'VERBOSE', 'DEBUG1', 'DEBUG2', 'DEBUG3'] as const;
export const FACILITIES = [
  'DAEMON',
  'USER',
  'AUTH',
  'AUTHPRIV',
  'LOCAL0',
  'LOCAL1',
  'LOCAL2',
  'LOCAL3',
  'LOCAL4',
  'LOCAL5',
  'LOCAL6',
  'LOCAL7',
] as const;

const LOGIN_NAME = /^[a-z_][a-z0-9_-]{0,31}$/;
/** Folders of a root that are not jails, the account that must never be touched, and the daemon's. */
const RESERVED_NAMES = new Set(['dev', 'root', 'sftpjail']);

const quoted = (value: string): string => JSON.stringify(value);

/**
 * A login name that is safe as a path component, in sshd's patterns and in argv. useradd itself takes `a/b` and `..`
 * on Debian 12, so its own judgement is not enough.
 */
export function parseUserName(value: string): UserName {
  if (!LOGIN_NAME.test(value))
    throw wrongUsage(
      `${quoted(value)} is not a usable login name`,
      'use 1 to 32 of a-z, 0-9, - and _, beginning with a letter or _',
    );
  if (RESERVED_NAMES.has(value))
    throw wrongUsage(`${quoted(value)} is reserved`, `choose another name, for instance sftp-${value}`);
  return value as UserName;
}

/** The name of any account, which need not be a customer's. */
export function parseAccountName(value: string): string {
  if (!LOGIN_NAME.test(value)) throw wrongUsage(`${quoted(value)} is not the name of an account`, 'getent passwd');
  return value;
}

export function parseGroupName(value: string): GroupName {
  if (!LOGIN_NAME.test(value))
    throw wrongUsage(
      `${quoted(value)} is not a usable group name`,
      'use 1 to 32 of a-z, 0-9, - and _, beginning with a letter or _',
    );
  return value as GroupName;
}

/** One path component for `data` and its like. `dev` is taken by the log socket. */
export function parseFolderName(value: string): FolderName {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(value) || value === 'dev')
    throw wrongUsage(
      `${quoted(value)} is not a usable folder name`,
      'use 1 to 64 of letters, digits, ., - and _, not beginning with a dot, and not "dev"',
    );
  return value as FolderName;
}

const FOLDER_PATH = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){0,7}$/;

/** A folder to be made below `data`, where its customer reigns: so nothing that leads anywhere else. */
export function parseFolderPath(value: string): FolderPath {
  if (!FOLDER_PATH.test(value))
    throw wrongUsage(
      `${quoted(value)} is not a usable folder below the data folder`,
      'use up to 8 names with / between, each of 1 to 64 of letters, digits, ., - and _ and not beginning with a dot',
    );
  return value as FolderPath;
}

/** What crypt(5) calls the hashes of today, and MD5, which old files are full of. */
const PASSWORD_HASH = /^\$(y|gy|7|2[aby]|6|5|1)\$[./A-Za-z0-9$,=]{20,300}$/;

/** Never quotes what it was given: it may be a password. */
export function parsePasswordHash(value: string): PasswordHash {
  if (!PASSWORD_HASH.test(value))
    throw wrongUsage(
      'what is given is no hash of a password',
      'use the output of: mkpasswd --method=sha512crypt, or of: openssl passwd -6',
    );
  return value as PasswordHash;
}

/** chpasswd reads a line; 256 bytes are what PAM's conversation takes (pam_appl.h, PAM_MAX_RESP_SIZE is 512). */
export function parsePassword(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters cannot be typed into an SFTP client
  if (value.length < 8 || Buffer.byteLength(value) > 256 || /[\u0000-\u001f\u007f]/.test(value))
    throw wrongUsage('the password is not usable', 'use 8 to 256 characters on one line, or --generate-password');
  return value;
}

export function parseHostPath(value: string): HostPath {
  if (!/^(\/[A-Za-z0-9_+@][A-Za-z0-9._+@-]*)+$/.test(value))
    throw wrongUsage(
      `${quoted(value)} is not a usable path`,
      'give an absolute path of letters, digits and . _ + @ - in which no part begins with a dot',
    );
  return value as HostPath;
}

/** An octal umask as text; a YAML number would have lost its octal meaning. */
export function parseUmask(value: string): Umask {
  if (!/^0?[0-7]{3}$/.test(value))
    throw wrongUsage(`${quoted(value)} is not a umask`, 'use three octal digits in quotes, for instance "007"');
  return value.padStart(4, '0') as Umask;
}

/** Offsets such as +02:00, which newer releases of Node accept as well, know no summer time and are not taken. */
export function parseTimeZone(value: string): TimeZone {
  if (!/^[A-Za-z]/.test(value) || !isKnownZone(value))
    throw wrongUsage(
      `${quoted(value)} is not a time zone`,
      'use a name such as Europe/Berlin or UTC: timedatectl list-timezones',
    );
  return value as TimeZone;
}

function isKnownZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function parseWord<Word extends string>(words: readonly Word[], value: string, what: string): Word {
  const word = words.find((known) => known === value.toUpperCase());
  if (word === undefined) throw wrongUsage(`${quoted(value)} is not a ${what}`, `use one of ${words.join(', ')}`);
  return word;
}

/** A level at which every transfer is still on record; below INFO internal-sftp and sshd say nothing of them. */
export const parseLogLevel = (value: string): LogLevel =>
  parseWord(LOG_LEVELS.slice(LOG_LEVELS.indexOf('INFO')), value, 'log level that keeps transfers on record');
export const parseFacility = (value: string): Facility => parseWord(FACILITIES, value, 'syslog facility');

export function parseUid(value: string): number {
  const uid = Number(value);
  if (!/^\d{1,10}$/.test(value) || uid < 1000 || uid > 4_294_967_293)
    throw wrongUsage(`${quoted(value)} is not a usable uid`, 'use a number from 1000 to 4294967293');
  return uid;
}

/** The comment field of passwd: one line without a colon. */
export function parseComment(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: passwd is a file of lines, so control characters are the point
  if (/[:\u0000-\u001f\u007f]/.test(value) || value.length > 128)
    throw wrongUsage(
      `${quoted(value)} is not a usable comment`,
      'use up to 128 characters without colons or line breaks',
    );
  return value;
}

export function parseMail(value: string): string {
  if (!/^[^\s@"<>,;:\\]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(value))
    throw wrongUsage(`${quoted(value)} is not a mail address`, 'use the form name@example.com');
  return value;
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function parseDuration(value: string): Duration {
  if (!/^\d{1,6}[smhd]$/.test(value))
    throw wrongUsage(`${quoted(value)} is not a span of time`, 'use a number and s, m, h or d, for instance 10m');
  return value as Duration;
}

/** In milliseconds. */
export const millisecondsOf = (duration: Duration): number =>
  Number(duration.slice(0, -1)) * UNITS[duration.slice(-1) as keyof typeof UNITS];

/** Of a size as logrotate has it: 100M. */
export const bytesOf = (size: string): number =>
  Number.parseInt(size, 10) * ({ k: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[size.at(-1) ?? ''] ?? 1);

/** How long ago, by the calendar. */
export interface Age {
  years: number;
  months: number;
  days: number;
}

/** `10y`, `18m`, `90d`, or several of them in this order. */
export function parseAge(value: string): Age {
  const [, years = 0, months = 0, days = 0] =
    /^(?=.)(?:(\d{1,3})y)?(?:(\d{1,4})m)?(?:(\d{1,5})d)?$/
      .exec(value)
      ?.map((part = '0') => Number.parseInt(part, 10)) ?? [];
  if (years + months + days === 0)
    throw wrongUsage(
      `${quoted(value)} is not an age`,
      'use years, months and days, at least one of them: 10y, 18m, 90d or 1y6m',
    );
  return { years, months, days };
}

/** The name or address of a mail server. */
export function parseHostName(value: string): string {
  if (!/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/.test(value))
    throw wrongUsage(`${quoted(value)} is not the name of a host`, 'use the form mail.example.com');
  return value;
}

/** A host and a port, `sftp0.example.com:2514` or `[2001:db8::1]:2514`. */
export function parseNetworkPlace(value: string): NetworkPlace {
  const { host, port } = placeOf(value);
  if (
    !/^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45})$/.test(host) ||
    !(port > 0 && port < 65_536)
  )
    throw wrongUsage(`${quoted(value)} is no host with a port`, 'use the form sftp0.example.com:2514');
  return value as NetworkPlace;
}

/** Of this machine itself, of none, or with the name of an interface behind it. */
const NOT_OF_OTHERS = /^(?:0\.|127\.|::1?$|::ffff:|fe[89ab])/;

/** Only in the one way in which rsyslog writes it, so that it can be compared and no address stands there twice. */
export function parseSenderAddress(value: string): SenderAddress {
  let written: string | undefined;
  try {
    const isV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(value);
    if (isV6) written = new URL(`http://[${value}]`).hostname.slice(1, -1);
    else if (/^\d+(?:\.\d+){3}$/.test(value)) written = new URL(`http://${value}`).hostname;
  } catch {
    // Told below.
  }
  if (written === undefined) throw wrongUsage(`${quoted(value)} is no address`, 'use the form 10.0.0.3 or 2001:db8::3');
  if (NOT_OF_OTHERS.test(written))
    throw wrongUsage(`${quoted(value)} is no address that another machine sends from`, 'use the form 10.0.0.3');
  if (written !== value) throw wrongUsage(`${quoted(value)} is another way to write ${written}`, `use ${written}`);
  return value as SenderAddress;
}

export function parseMachineName(value: string): MachineName {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(value))
    throw wrongUsage(`${quoted(value)} is not the name of a machine`, 'use the name that stands in its own log');
  return value as MachineName;
}

/** What it consists of; an address of IPv6 without its brackets. */
export function placeOf(value: string): { host: string; port: number } {
  const [, bare, bracketed, port] = /^(?:([^:[\]]+)|\[([^[\]]+)\]):(\d{1,5})$/.exec(value) ?? [];
  return { host: bare ?? bracketed ?? '', port: Number(port) };
}

/** Where a webhook is: without credentials in it, which would stand in logs. */
export function parseWebAddress(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw wrongUsage(`${quoted(value)} is not an address of a webhook`, 'use the form https://example.com/path');
  return value;
}

/**
 * Where the ledger is: `sqlite`, the path of a database, or the address of one in PostgreSQL. A password in it would stand
 * in the configuration, which is shown, and in messages: it is refused, and not repeated.
 */
export function parseLedgerAddress(value: string): string {
  if (value === 'sqlite') return value;
  if (value.startsWith('/')) return parseHostPath(value);
  const url = /^postgres(ql)?:/.test(value) && URL.canParse(value) ? new URL(value) : null;
  if (url === null)
    throw wrongUsage(
      'this is not a place for a ledger',
      'use sqlite, the path of a database, or the form postgres://sftpjail@db.example.com/ledger',
    );
  if (url.password !== '' || url.searchParams.has('password'))
    throw wrongUsage(
      'a password stands in the address of the ledger',
      'put it into a file, and its path into passwordFile',
    );
  return value;
}

/** A day of the calendar, `2026-12-24`. */
export function parseDate(value: string): string {
  const isDate = /^(19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(value);
  const time = isDate ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 31 February for a day in March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value)
    throw wrongUsage(`${quoted(value)} is not a date`, 'use the form YYYY-MM-DD, for instance 2027-12-31');
  return value;
}

/** A day of the calendar, or `never`. */
export const parseExpiry = (value: string): string => (value === 'never' ? value : parseDate(value));

/** A month of the calendar, `2026-10`. */
export function parseMonth(value: string): Month {
  if (!/^(19[7-9]|2\d\d)\d-(0[1-9]|1[0-2])$/.test(value))
    throw wrongUsage(`${quoted(value)} is not a month`, 'use the form YYYY-MM, for instance 2026-10');
  return value as Month;
}

/** @throws OperatorError `usage` for what is negative, or has more than nine digits on a side of the point */
export function parseDecimal(value: string): Decimal {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(value))
    throw wrongUsage(
      `${quoted(value)} is not a decimal number`,
      'use digits and a point in quotes, for instance "0.05"',
    );
  return value as Decimal;
}

/** The code of a currency (ISO 4217). */
export function parseCurrency(value: string): string {
  if (!/^[A-Z]{3}$/.test(value))
    throw wrongUsage(`${quoted(value)} is not a currency`, 'use three letters, for instance EUR');
  return value;
}

export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw wrongUsage(`${quoted(value)} is no count`, 'use a number from 1 on');
  return Number(value);
}

/** Units of bytes, those of 1000 and those of 1024. */
export const BYTE_UNITS = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
} as const;
export type ByteUnit = keyof typeof BYTE_UNITS;

/** An amount such as `1.5 TB` in bytes, which have to be whole ones. */
export function parseSize(value: string): number {
  const [, digits = '', fraction = '', unit = ''] = /^(\d{1,12})(?:\.(\d{1,9}))? ?([kKMGT]i?B|B)$/.exec(value) ?? [];
  const size = Object.hasOwn(BYTE_UNITS, unit) ? BYTE_UNITS[unit as ByteUnit] : null;
  const [scale, whole] = [10n ** BigInt(fraction.length), BigInt(`${digits || 0}${fraction}`) * BigInt(size ?? 0)];
  if (size === null || whole % scale !== 0n || whole / scale > BigInt(Number.MAX_SAFE_INTEGER))
    throw wrongUsage(`${quoted(value)} is not an amount of bytes`, 'use a number and its unit, for instance 1.5 TB');
  return Number(whole / scale);
}

/** A key's fingerprint as `ssh-keygen -l` prints it, with or without the name of the digest. */
export function parseFingerprint(value: string): string {
  const digest = value.replace(/^SHA256:/, '');
  if (!/^[A-Za-z0-9+/]{43}$/.test(digest))
    throw wrongUsage(
      `${quoted(value)} is not a SHA256 fingerprint`,
      'ssh-keygen -l -f FILE prints that of a key, for instance SHA256:uNiVztksCsDhcc0u9e8BrvJZ...',
    );
  return `SHA256:${digest}`;
}
