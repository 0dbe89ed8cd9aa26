import { spawn } from 'node:child_process';

/** A line for the log socket of a jail. */
export interface SyslogLine {
  /** The folder in which its sender is locked in. */
  jail: string;
  /** Whose rights the sender has; left out for root's. */
  as?: { uid: number; gid: number };
  /** As syslog(3) has it. */
  tag: string;
  /** `local3.info` */
  priority: string;
  text: string;
}

const PATIENCE = 5000;
const AT_ONCE = 8;

/** What became of a line: sent, refused with the words of logger(1), or still waiting after five seconds. */
export type Sent = 'sent' | 'blocked' | { refused: string };

/** Sends lines, some at a time, and tells what became of each; once one is blocked, the rest are not sent. */
export async function sendLines(lines: readonly SyslogLine[]): Promise<(Sent | null)[]> {
  const results: (Sent | null)[] = lines.map(() => null);
  let next = 0;
  let isBlocked = false;
  const take = async (): Promise<void> => {
    for (let index = next++; index < lines.length && !isBlocked; index = next++) {
      const sent = await sendLine(lines[index] as SyslogLine);
      results[index] = sent;
      isBlocked ||= sent === 'blocked';
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  return results;
}

/**
 * From inside the jail's folder and by the path `dev/log`, so that the kernel asks for the same rights as of a process
 * that is locked in there, and no path is too long for a socket (unix(7): 107 bytes).
 */
function sendLine({ jail, as, tag, priority, text }: SyslogLine): Promise<Sent> {
  return new Promise((resolve) => {
    const child = spawn('logger', ['--socket', 'dev/log', '--priority', priority, '--tag', tag, '--', text], {
      cwd: jail,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
      ...as,
    });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
    child.once('error', (error) => resolve({ refused: error.message }));
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve('blocked');
      else resolve(code === 0 && said === '' ? 'sent' : { refused: said.trim() || `logger ended with status ${code}` });
    });
  });
}
