import { Pattern, PatternTable } from './pattern.ts';

/** The least level of sftp-server at which a message is printed. */
export type SftpLevel = 'ERROR' | 'INFO' | 'VERBOSE' | 'DEBUG1' | 'DEBUG2' | 'DEBUG3';

/**
 * What a message is to the session:
 * - `asked` a request that changes nothing and is not kept; only that it came is known
 * - `debug` noise that tells nothing of requests
 */
export type SftpKind =
  | 'opened'
  | 'closed'
  | 'version'
  | 'open'
  | 'close'
  | 'forcedClose'
  | 'forcedCloseFolder'
  | 'asked'
  | 'remove'
  | 'rmdir'
  | 'mkdir'
  | 'rename'
  | 'hardlink'
  | 'symlink'
  | 'setSize'
  | 'setMode'
  | 'setTime'
  | 'setOwner'
  | 'status'
  | 'refusing'
  | 'fatal'
  | 'ioError'
  | 'unstartable'
  | 'error'
  | 'copyRequest'
  | 'request'
  | 'debug';

export class SftpMessage {
  readonly text: string;
  readonly kind: SftpKind;
  readonly level: SftpLevel;
  readonly pattern: Pattern;
  /** Of `status`: what was sent. */
  readonly status: string;
  readonly isDebug: boolean;
  /** It ends in words of sftp-server's own. */
  readonly hasEnd: boolean;
  /** In the table. */
  place = 0;

  constructor(level: SftpLevel, kind: SftpKind, text: string, status: string) {
    this.text = text;
    this.kind = kind;
    this.level = level;
    this.pattern = new Pattern(text);
    this.status = status;
    this.isDebug = level.startsWith('DEBUG');
    this.hasEnd = kind === 'opened' || kind === 'closed' || kind === 'status';
  }
}

/** sftp-server.c, status_messages; the last two only at DEBUG1 and above. */
export const SENT_STATUSES = [
  'No such file',
  'Permission denied',
  'Failure',
  'Bad message',
  'No connection',
  'Connection lost',
  'Operation unsupported',
  'Unknown error',
  'Success',
  'End of file',
];

const row =
  (level: SftpLevel) =>
  (kind: SftpKind, text: string, status = ''): SftpMessage =>
    new SftpMessage(level, kind, text, status);
const [info, verbose, error, debug1, debug2, debug3] = [
  row('INFO'),
  row('VERBOSE'),
  row('ERROR'),
  row('DEBUG1'),
  row('DEBUG2'),
  row('DEBUG3'),
];

/** Every message of sftp-server.c, 9.2 to 10.5; of those that begin alike, the most frequent first. */
export const SFTP_MESSAGES: readonly SftpMessage[] = [
  info('open', 'open "{any}" flags {flags} mode {octal}'),
  info('asked', 'opendir "{any}"'),
  info('close', 'close "{any}" bytes read {count} written {count}'),
  info('asked', 'closedir "{any}"'),
  info('forcedClose', 'forced close "{any}" bytes read {count} written {count}'),
  info('forcedCloseFolder', 'forced closedir "{any}"'),
  verbose('asked', 'stat name "{any}"'),
  ...SENT_STATUSES.map((status) => info('status', `sent status ${status}`, status)),
  info('setMode', 'set "{any}" mode {octal}'),
  info('setTime', 'set "{any}" modtime {time}'),
  info('setSize', 'set "{any}" size {count}'),
  info('setOwner', 'set "{any}" owner {count} group {count}'),
  info('opened', 'session opened for local user {word} from [{any}]'),
  info('closed', 'session closed for local user {word} from [{any}]'),
  info('asked', 'statvfs "{any}"'),
  info('symlink', 'symlink old "{any}"'),
  verbose('asked', 'lstat name "{any}"'),
  info('remove', 'remove name "{any}"'),
  verbose('asked', 'realpath "{any}"'),
  info('rename', 'rename old "{any}"'),
  info('rmdir', 'rmdir name "{any}"'),
  verbose('asked', 'readlink "{any}"'),
  verbose('version', 'received client version {count}'),
  info('mkdir', 'mkdir name "{any}" mode {octal}'),
  info('rename', 'posix-rename old "{any}"'),
  info('hardlink', 'hardlink old "{any}"'),
  verbose('asked', 'home-directory "{any}"'),
  verbose('asked', 'fsync "{any}"'),
  verbose('asked', 'expand "{any}"'),
  verbose('asked', 'users-groups-by-id: {count} users, {count} groups'),
  verbose('refusing', 'Refusing denylisted {word} request'),
  verbose('refusing', 'Refusing non-allowlisted {word} request'),
  verbose('refusing', 'Refusing {word} request in read-only mode'),
  error('unstartable', 'fatal: Invalid umask {any}'),
  error('fatal', 'fatal: {any}'),
  error('ioError', 'error: process_read: {any}'),
  error('ioError', 'error: process_write: {any}'),
  error('unstartable', 'error: Invalid log level {any}'),
  error('unstartable', 'error: Invalid log facility {any}'),
  error('unstartable', 'error: Malformed SSH_CONNECTION{any}'),
  error('error', 'error: Unknown extended request "{any}"'),
  error('error', 'error: Unknown message {count}'),
  error('error', 'error: tilde_expand: {any}'),
  error('error', 'error: chdir to "{any}'),
  error('error', 'error: bad message from {any} local user {word}'),
  error('error', 'error: {any}'),
  debug1('copyRequest', 'debug1: request {count}: copy-data from "{any}'),
  debug1('request', 'debug1: request {count}: {any}'),
  debug1('debug', 'debug1: {any}'),
  debug2('debug', 'debug2: {any}'),
  debug3('debug', 'debug3: {any}'),
];

for (const [place, message] of SFTP_MESSAGES.entries()) message.place = place;

export const sftpMessages = new PatternTable(SFTP_MESSAGES);

/** log.c hands syslog "%.500s": what is as long may have been longer. */
export const LONGEST = 500;
