import { spawn } from 'node:child_process';
import { HOOK_SOCKET } from '../conf/systemd.ts';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import { millisecondsOf } from '../spec.ts';
import { type Event, isTold, type SessionHookEvent } from './event.ts';
import { type Answer, ask, hasUnit } from './relay.ts';
import { Hopeless, type Sink } from './sink.ts';

/** Of what a command prints, so much is kept for the report of its failure. */
const KEPT = 500;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Commands that are told of events. They run beside the session and cannot stop it. One that fails is reported and not
 * repeated: what it did before is not known.
 */
export function openHooks(config: Config): Sink {
  const { hooks } = config;
  return {
    name: 'hook',
    concurrency: hooks.atOnce,
    gather: null,
    async deliver([event], _delivery, signal) {
      if (event === undefined || !isTold(event) || hooks[event.event] === null) return;
      if (!hasUnit(HOOK_SOCKET)) return runHook(config, event, signal);
      const patience = millisecondsOf(hooks.timeout) + RELAY_PATIENCE;
      // Killed or never started: nobody knows what it did.
      const { failure } = (await ask(HOOK_SOCKET, event, patience, signal)) ?? { failure: 'ended without a word' };
      if (failure !== null) throw new Hopeless(failure);
    },
  };
}

/** Milliseconds that systemd may take to start what runs the command. */
const RELAY_PATIENCE = 30_000;

/** Runs the command for an event, here. @throws Hopeless where it fails */
export async function runHook({ hooks }: Config, event: Event, signal: AbortSignal): Promise<void> {
  const command = hooks[event.event];
  if (command) await runCommand(command, event, millisecondsOf(hooks.timeout), signal);
}

/** For the unit of hooks: an event comes in, and what became of its command goes out. */
export async function answerRelay(config: Config, input: string): Promise<string> {
  const answer: Answer = { failure: null };
  try {
    await runHook(config, JSON.parse(input) as Event, new AbortController().signal);
  } catch (error) {
    answer.failure = reasonOf(error);
  }
  return JSON.stringify(answer);
}

/** @param as whom it runs as, where that is not us. @throws Hopeless where it fails */
export function runCommand(
  command: readonly string[],
  event: Event | SessionHookEvent,
  timeout: number,
  signal: AbortSignal,
  as: { uid?: number; gid?: number } = {},
): Promise<void> {
  const [program = '', ...words] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      ...{ cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], env: { PATH, ...variablesOf(event) }, ...as },
      // A group of its own, so that what it starts can be ended with it.
      detached: true,
    });
    let said = Buffer.alloc(0);
    const listen = (chunk: Buffer) => {
      said = Buffer.concat([said, chunk.subarray(-KEPT)]).subarray(-KEPT);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    // It need not read.
    child.stdin.on('error', () => {});
    child.stdin.end(`${JSON.stringify(event)}\n`);
    let why: string | null = null;
    const end = (reason: string) => {
      why = reason;
      endGroup(child.pid);
    };
    const timer = setTimeout(() => end(`took longer than ${timeout / 1000} s`), timeout);
    const stop = () => end('sftpjail was stopped');
    signal.addEventListener('abort', stop, { once: true });
    const settle = (failure: string | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      endGroup(child.pid);
      // What it started and let go may hold these for ever.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      const text = said.toString().trim();
      if (failure === null) resolve();
      // Stopped before it could answer: it is asked again, with the same id.
      else if (signal.aborted) reject(new Error(failure));
      else reject(new Hopeless(`${program} ${failure}${text && `: ${text}`}`));
    };
    child.on('error', (error) => settle(`cannot be run: ${error.message}`));
    child.on('exit', (code, killed) =>
      settle(why ?? (code === 0 ? null : code === null ? `was ended by ${killed}` : `ended with status ${code}`)),
    );
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** The event in variables, for commands that read no JSON. */
export function variablesOf(event: Event | SessionHookEvent): Record<string, string> {
  const { user, client, host, at, id } = event;
  const variables: Record<string, string | number | null> = {
    ...{ EVENT: event.event, ID: id, AT: at, HOST: host, USER: user, IP: client.ip, PORT: client.port },
    ...(event.event === 'session-closed' && sessionVariables(event.session)),
    ...(event.event === 'upload-completed' && {
      ...{ SESSION: event.sessionId, PATH: event.transfer.path, BYTES: event.transfer.bytesWritten },
    }),
    ...(event.event === 'session-opened' && { SESSION: event.sessionId }),
    ...(event.event === 'login' && { METHOD: event.login.method }),
    ...(event.event === 'login-failed' && { METHOD: event.login.method, REASON: event.login.reason }),
    ...(event.event === 'lines-missing' && { LOG: event.log, FROM: event.from, TO: event.to }),
    ...(event.event === 'quota-reached' && quotaVariables(event.quota)),
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [`SFTPJAIL_${name}`, String(value ?? '').replaceAll('\0', '')]),
  );
}

const sessionVariables = ({ end, totals }: Extract<Event, { event: 'session-closed' }>['session']) => ({
  ...{ END: end, UPLOADS: totals.uploads, DOWNLOADS: totals.downloads, REMOVED: totals.removed },
  ...{ FAILED: totals.failed, BYTES_IN: totals.bytesIn, BYTES_OUT: totals.bytesOut },
});

const quotaVariables = ({
  kind,
  period,
  percent,
  used,
  limit,
}: Extract<Event, { event: 'quota-reached' }>['quota']) => ({
  ...{ KIND: kind, PERIOD: period, PERCENT: percent, USED: used, LIMIT: limit },
});
