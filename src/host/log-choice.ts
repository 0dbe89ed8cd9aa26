import { fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import { refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';
import { decodedBy, foreignLog } from './foreign.ts';
import { inOrderOfAge, parseGeneration } from './generations.ts';
import type { Host } from './host.ts';
import { openLogFile, type Reading, streamedLog } from './log-file.ts';
import type { LogSource, LogsWish } from './logs.ts';
import { openGenerations } from './snapshot.ts';

/** @returns whether standard input is what is to be read */
export async function addPiped(sources: LogSource[], wish: LogsWish, reading: Reading): Promise<boolean> {
  if (wish.files.length > 0) return false;
  const stdin = wish.stdin ?? process.stdin;
  const stats = fstatSync(stdin.fd);
  if (!stats.isFIFO() && !stats.isSocket() && !stats.isFile()) return false;
  const chunks = stdin[Symbol.asyncIterator]();
  const first = await firstOf(chunks, wish);
  if (first.done && !stats.isFile()) return false;
  const whole = (async function* () {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
  sources.push({ path: '-', files: [streamedLog('-', whole, reading)] });
  return true;
}

const PATIENCE = 2000;

/** What runs a command from afar, as ssh does, may keep its input open and never say a word. */
async function firstOf(chunks: AsyncIterator<Buffer>, { warn }: LogsWish): Promise<IteratorResult<Buffer>> {
  const text = "waiting for a log on standard input; with < /dev/null this host's own is read";
  const timer = setTimeout(() => warn(text), PATIENCE);
  try {
    return await chunks.next();
  } finally {
    clearTimeout(timer);
  }
}

/** Files that are generations of one log make one source. */
export async function addNamed(sources: LogSource[], { files, stdin }: LogsWish, reading: Reading): Promise<void> {
  for (const path of files) {
    const log = path === '-' ? path : parseGeneration(path).log;
    const file = path === '-' ? streamedLog(path, stdin ?? process.stdin, reading) : await openLogFile(path, reading);
    if (file === null) throw refused(`there is no file ${path}`, `ls -l ${shellQuote(dirname(path))}`);
    const source = sources.find((known) => known.path === log);
    if (source) source.files.push(file);
    else sources.push({ path: log, files: [file] });
    if (file.foreign !== null) throw foreignLog(path, file.foreign);
  }
  for (const source of sources) source.files = inOrderOfAge(source.files);
}

/** sshd's log as Debian and as EL name it. */
export const SSHD_LOGS = ['/var/log/auth.log', '/var/log/secure'];

export async function addConfigured(
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
