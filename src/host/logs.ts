import { fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import { refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';
import { inOrderOfAge, parseGeneration } from './generations.ts';
import type { Host } from './host.ts';
import { decodedBy, isForeign, type LogFile, openLogFile, type Reading, streamedLog } from './log-file.ts';
import { closeAll, openGenerations } from './snapshot.ts';

/** One log: its generations, oldest first. Stamps rise within a source; sources overlap. */
export interface LogSource {
  /** The path of the log itself; `-` is standard input. */
  path: string;
  files: LogFile[];
}

export interface OpenLogs {
  sources: LogSource[];
  close(): Promise<void>;
}

export interface LogsWish {
  /** As named on the command line, `-` for standard input; none means the configured ones. */
  files: readonly string[];
  /** Epoch milliseconds: generations of the configured logs that were last written to before are left out. */
  since: number | null;
  warn(text: string): void;
  /** Bytes that were read so far, and of how many, as they are on the disks; null where that cannot be known. */
  onProgress?(read: number, total: number | null): void;
  /** For tests. */
  stdin?: AsyncIterable<Buffer> & { readonly fd: number };
}

/**
 * Opens the logs that are to be read, all before the first byte is.
 *
 * Without names, what is piped or redirected into standard input is read; a pipe that says nothing at all, as cron
 * hands to its jobs, counts as none.
 *
 * @throws OperatorError `refused` for a log that is missing or cannot be read, with what to do about it
 */
export async function openLogs({ host, config }: { host: Host; config: Config }, wish: LogsWish): Promise<OpenLogs> {
  const progress = { read: 0, total: 0 as number | null };
  const reading: Reading = {
    warn: wish.warn,
    onRead(bytes) {
      progress.read += bytes;
      // What a log grows by while it is read was not foreseen.
      wish.onProgress?.(progress.read, progress.total && Math.max(progress.read, progress.total));
    },
  };
  const sources: LogSource[] = [];
  try {
    if (!(await addPiped(sources, wish, reading)))
      if (wish.files.length > 0) await addNamed(sources, wish, reading);
      else await addConfigured(sources, { host, config }, wish, reading);
    await leaveOutDoubles(sources);
  } catch (error) {
    await closeAll(filesOf(sources));
    throw error;
  }
  progress.total = filesOf(sources).reduce(
    (sum: number | null, { size }) => (sum === null || size === null ? null : sum + size),
    0,
  );
  return { sources, close: () => closeAll(filesOf(sources)) };
}

const filesOf = (sources: readonly LogSource[]): LogFile[] => sources.flatMap(({ files }) => files);

/** @returns whether standard input is what is to be read */
async function addPiped(sources: LogSource[], wish: LogsWish, reading: Reading): Promise<boolean> {
  if (wish.files.length > 0) return false;
  const stdin = wish.stdin ?? process.stdin;
  const stats = fstatSync(stdin.fd);
  if (!stats.isFIFO() && !stats.isSocket() && !stats.isFile()) return false;
  const chunks = stdin[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done && !stats.isFile()) return false;
  const whole = (async function* () {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
  sources.push({ path: '-', files: [streamedLog('-', whole, reading)] });
  return true;
}

/** Files that are generations of one log make one source. */
async function addNamed(sources: LogSource[], { files, stdin }: LogsWish, reading: Reading): Promise<void> {
  for (const path of files) {
    const log = path === '-' ? path : parseGeneration(path).log;
    const file = path === '-' ? streamedLog(path, stdin ?? process.stdin, reading) : await openLogFile(path, reading);
    if (file === null) throw refused(`there is no file ${path}`, `ls -l ${shellQuote(dirname(path))}`);
    const source = sources.find((known) => known.path === log);
    if (source) source.files.push(file);
    else sources.push({ path: log, files: [file] });
    if (file.foreign !== null) throw isForeign(path, file.foreign);
  }
  for (const source of sources) source.files = inOrderOfAge(source.files);
}

/** sshd's log as Debian and as EL name it. */
const SSHD_LOGS = ['/var/log/auth.log', '/var/log/secure'];

async function addConfigured(
  sources: LogSource[],
  { host, config }: { host: Host; config: Config },
  { since }: LogsWish,
  reading: Reading,
): Promise<void> {
  const add = async (log: string): Promise<boolean> => {
    const path = host.followed(log);
    const files = await openGenerations(path, since, reading);
    if (files === null) return false;
    sources.push({ path, files: files.filter(({ foreign }) => foreign === null) });
    for (const file of files.filter(({ foreign }) => foreign !== null)) {
      reading.warn(`${file.path} is left out; to read it: ${decodedBy(file.foreign ?? '', file.path)}`);
      await file.close();
    }
    return true;
  };
  const { file, sshd } = config.log;
  if (!(await add(file)))
    throw refused(`there is no log at ${file}`, 'sudo sftpjail init, or name a log: sftpjail sessions FILE');
  if (sshd !== 'auto') {
    if (!(await add(sshd))) reading.warn(`there is no log at ${sshd} (log.sshd), so logins are not known`);
    return;
  }
  for (const log of SSHD_LOGS) if (await add(log)) return;
}

/** One file under two names is read once. */
async function leaveOutDoubles(sources: LogSource[]): Promise<void> {
  const seen = new Set<string>();
  for (const source of sources) {
    const doubles = source.files.filter(({ id }) => id !== null && (seen.has(id) || !seen.add(id)));
    source.files = source.files.filter((file) => !doubles.includes(file));
    await closeAll(doubles);
  }
}
