import { spawn } from 'node:child_process';

/** Milliseconds: a system log whose daemon is frozen does not hold up who tells it something. */
const PATIENCE = 5000;

/** Writes lines to the system's own log. @throws where they cannot be written */
export function tellSystemLog(lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const logger = spawn('logger', ['--tag', 'sftpjail', '--priority', 'auth.notice'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    let said = '';
    logger.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
    logger.stdin.on('error', () => {});
    logger.once('error', reject);
    logger.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(said.trim() || 'the system log takes nothing')),
    );
    logger.stdin.end(lines.map((line) => `${line}\n`).join(''));
  });
}
