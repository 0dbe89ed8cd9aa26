import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';

/** What rsyslog and logrotate do to a log of sessions that overlap. */
export class LogWriter {
  readonly path: string;
  /** All that was ever written. */
  text = '';
  private torn = '';
  private seconds: number;
  private readonly open: { pid: number; left: string[] }[] = [];
  private nextPid = 100;
  private file: string;

  constructor(path: string, first = Date.UTC(2026, 10, 20) / 1000) {
    this.path = path;
    this.file = path;
    this.seconds = first;
  }

  line(pid: number, message: string, program = 'internal-sftp'): void {
    this.seconds += 0.4 + (pid % 5) / 4;
    const stamp = new Date(this.seconds * 1000).toISOString().replace('Z', '123+00:00');
    this.write(`${stamp} away ${program}[${pid}]: ${message}\n`);
  }

  /** A session of so many files, of which the lines come when `go` says so. */
  session(files: number): void {
    const pid = this.nextPid++;
    const names = Array.from({ length: files }, (_, index) => `/data/${pid}-${index}`);
    this.open.push({
      pid,
      left: [
        'session opened for local user acme from [10.0.0.1]',
        ...names.flatMap((name) => [
          `open "${name}" flags WRITE,CREATE,TRUNCATE mode 0644`,
          `close "${name}" bytes read 0 written ${pid}`,
        ]),
        'session closed for local user acme from [10.0.0.1]',
      ],
    });
  }

  /** The next line of one of the open sessions. @param choice from 0 to 1 */
  go(choice: number): void {
    const index = Math.floor(choice * this.open.length);
    const session = this.open[index];
    const message = session?.left.shift();
    if (session === undefined || message === undefined) return;
    this.line(session.pid, message);
    if (session.left.length === 0) this.open.splice(index, 1);
  }

  get isOver(): boolean {
    return this.open.length === 0;
  }

  /** Half of the next line is written before the other half. */
  tear(): void {
    if (this.torn === '') this.torn = 'next';
  }

  private write(line: string): void {
    this.text += line;
    if (this.torn === 'next') {
      const half = Math.floor(line.length / 2);
      appendFileSync(this.file, line.slice(0, half));
      this.torn = line.slice(half);
      return;
    }
    appendFileSync(this.file, this.torn + line);
    this.torn = '';
  }

  /** rsyslogd hears of it only with `reopen`, and is not rotated again before. */
  rotate({ keep = 12, compress = true, create = true } = {}): void {
    const { path } = this;
    if (this.file !== path || !existsSync(path)) return;
    for (const suffix of ['', '.gz']) {
      rmSync(`${path}.${keep}${suffix}`, { force: true });
      for (let number = keep - 1; number > 0; number--)
        if (existsSync(`${path}.${number}${suffix}`))
          renameSync(`${path}.${number}${suffix}`, `${path}.${number + 1}${suffix}`);
    }
    if (compress && existsSync(`${path}.2`)) {
      writeFileSync(`${path}.2.gz`, gzipSync(readFileSync(`${path}.2`)));
      rmSync(`${path}.2`);
    }
    renameSync(path, `${path}.1`);
    this.file = `${path}.1`;
    if (create) writeFileSync(path, '');
  }

  reopen(): void {
    // What is written in one go stands in one file.
    if (this.torn === '' || this.torn === 'next') this.file = this.path;
  }

  copyTruncate(): void {
    const { path } = this;
    // A line that is half written loses its other half.
    if (this.file !== path || !existsSync(path) || !['', 'next'].includes(this.torn)) return;
    for (let number = 11; number > 0; number--)
      for (const suffix of ['', '.gz'])
        if (existsSync(`${path}.${number}${suffix}`))
          renameSync(`${path}.${number}${suffix}`, `${path}.${number + 1}${suffix}`);
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  }
}
