import type { Config } from '../config.ts';
import { MOST_SCANNED } from '../log/scanned.ts';
import type { Host } from './host.ts';
import { addConfigured, addNamed, addPiped } from './log-choice.ts';
import type { LogFile, Reading } from './log-file.ts';
import { closeAll } from './snapshot.ts';

/** One log: its generations, oldest first. Stamps rise within a source; sources overlap. */
export interface LogSource {
  /** The path of the log itself; `-` is standard input. */
  path: string;
  files: LogFile[];
}

export interface OpenLogs {
  sources: LogSource[];
  /** Each is a file, and not a stream that comes once. */
  canReadAgain: boolean;
  /** They will be read, all of them: what takes time to begin does so now. */
  begin(): void;
  close(): Promise<void>;
}

export interface LogsWish {
  /** As named on the command line, `-` for standard input; none means the configured ones. */
  files: readonly string[];
  /** Epoch milliseconds: older generations of the configured logs are left out; see openGenerations. */
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
      wish.onProgress?.(progress.read, progress.total === null ? null : Math.max(progress.read, progress.total));
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
  const begin = () => {
    if (sources.length > MOST_SCANNED) return;
    for (const { files } of sources) files[0]?.inThreads?.begin();
  };
  const canReadAgain = filesOf(sources).every(({ id }) => id !== null);
  return { sources, canReadAgain, begin, close: () => closeAll(filesOf(sources)) };
}

const filesOf = (sources: readonly LogSource[]): LogFile[] => sources.flatMap(({ files }) => files);

/** One file under two names is read once. */
async function leaveOutDoubles(sources: LogSource[]): Promise<void> {
  const seen = new Set<string>();
  for (const source of sources) {
    const doubles = source.files.filter(({ id }) => id !== null && (seen.has(id) || !seen.add(id)));
    source.files = source.files.filter((file) => !doubles.includes(file));
    await closeAll(doubles);
  }
}
