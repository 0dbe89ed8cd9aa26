import { existsSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { refused } from '../errors.ts';

/** What comes back of what was asked. */
export interface Answer {
  failure: string | null;
}

/** Whether there is a unit to be asked: the service always does, also while a socket is made anew. */
export const hasUnit = (socket: string): boolean =>
  process.env.CREDENTIALS_DIRECTORY !== undefined || existsSync(socket);

/**
 * Has something done by a unit of its own, which is started through its socket and has other rights.
 *
 * @returns null where it ended without a word
 */
export function ask(socket: string, question: object, patience: number, signal: AbortSignal): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const connection = createConnection({ path: socket, allowHalfOpen: true });
    let answer = '';
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', stop);
      connection.destroy();
      act();
    };
    const stop = () => settle(() => reject(new Error('sftpjail was stopped')));
    signal.addEventListener('abort', stop, { once: true });
    connection.setEncoding('utf8').setTimeout(patience, () => settle(() => reject(new Error('no answer'))));
    connection.on('data', (text) => {
      answer += text;
    });
    connection.on('error', (error) => settle(() => reject(error)));
    connection.on('end', () => settle(() => resolve(answer.endsWith('}\n') ? (JSON.parse(answer) as Answer) : null)));
    connection.end(JSON.stringify(question));
  });
}

/** Milliseconds without a question after which a unit ends; its socket starts it again. */
const IDLE = 10_000;
/** systemd hands sockets over from here on (sd_listen_fds(3)). */
const FIRST_SOCKET = 3;

/** The other end, for a unit that answers one question after the other. Ends when nobody has asked for a while. */
export async function answerAll(answer: (question: string) => Answer): Promise<void> {
  if (process.env.LISTEN_FDS !== '1') throw refused('this is for the unit that its socket starts', 'sftpjail init');
  await new Promise<void>((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true });
    let timer: NodeJS.Timeout;
    const rest = () => {
      clearTimeout(timer);
      timer = setTimeout(() => server.close(() => resolve()), IDLE);
    };
    server.on('connection', (connection) => {
      rest();
      listen(connection, answer);
    });
    server.on('error', reject);
    server.listen({ fd: FIRST_SOCKET });
    rest();
  });
}

/** Bytes that a question has at most. */
const LONGEST = 4096;

function listen(connection: Socket, answer: (question: string) => Answer): void {
  let question = '';
  connection.setEncoding('utf8').setTimeout(IDLE, () => connection.destroy());
  connection.on('error', () => connection.destroy());
  connection.on('data', (text) => {
    question += text;
    if (question.length > LONGEST) connection.destroy();
  });
  connection.on('end', () => connection.end(`${JSON.stringify(answer(question))}\n`));
}
