import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { OperatorError, reasonOf } from '../errors.ts';
import { readRegister } from '../host/register.ts';
import { millisecondsOf } from '../spec.ts';
import type { SessionHookEvent } from '../watch/event.ts';
import { runCommand } from '../watch/hooks.ts';

/** Waits for the end of a process that is no child: `$1`; then runs the rest of the words. */
const WAIT = 'tail --pid="$1" -s 1 -f /dev/null; shift; exec "$@"';

/**
 * Made for PAM, which runs it as root while sshd waits: the command that is to run before a session of a customer. What is
 * to run after it waits, detached, until sshd's process for the connection has ended, however it did.
 */
export async function sessionHook(context: Context, { after = false }: { after?: boolean }): Promise<void> {
  const { hooks } = context.config;
  if (after) {
    const { 'after-session': hook } = hooks;
    const event = JSON.parse(process.env.SFTPJAIL_CONNECTION ?? '{}') as SessionHookEvent;
    if (hook)
      await run(context, { ...event, event: 'after-session', at: context.now().toISOString() }, hook).catch(report);
    return;
  }
  const { 'before-session': before } = hooks;
  const event = eventNow(context.now());
  try {
    if (before) await run(context, event, before);
  } catch (error) {
    report(error);
    if (before?.required) throw new OperatorError('refused', `hooks.before-session: ${reasonOf(error)}`);
  }
  if (hooks['after-session'] !== null) waitForEnd(context, event);
}

/** What PAM says of the login; sshd adds where it comes from. */
function eventNow(now: Date): SessionHookEvent {
  const { PAM_USER = '', PAM_RHOST = '', SSH_CONNECTION = '' } = process.env;
  const [address, port] = SSH_CONNECTION.split(' ');
  return {
    ...{ v: 1, event: 'before-session', id: randomBytes(8).toString('hex'), at: now.toISOString() },
    ...{ host: hostname(), user: PAM_USER, client: { ip: address || PAM_RHOST || null, port: Number(port) || null } },
  };
}

async function run(
  { config, host }: Pick<Context, 'config' | 'host'>,
  event: SessionHookEvent,
  { command, timeout }: NonNullable<Config['hooks']['after-session']>,
): Promise<void> {
  const { user } = config.hooks;
  const account = readRegister(host).users.get(user);
  if (account === undefined) throw new Error(`there is no account ${user}, which hooks.user names`);
  const { uid, gid } = account;
  await runCommand(command, event, millisecondsOf(timeout), new AbortController().signal, { uid, gid });
}

function waitForEnd({ self }: Context, event: SessionHookEvent): void {
  const { MONITOR = '' } = process.env;
  if (!/^[1-9]\d*$/.test(MONITOR)) return;
  const config = self.config === null ? [] : ['--config', self.config];
  const words = [self.node, self.script, 'session-hook', '--after', ...config];
  const waiting = spawn('/bin/sh', ['-c', WAIT, 'sh', MONITOR, ...words], {
    ...{ cwd: '/', detached: true, stdio: 'ignore' },
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SFTPJAIL_CONNECTION: JSON.stringify(event) },
  });
  waiting.on('error', report);
  waiting.unref();
}

/** Nobody reads what a program prints that PAM runs. */
function report(error: unknown): void {
  const said = spawn('logger', ['-p', 'auth.warning', '-t', 'sftpjail', '--', `a hook failed: ${reasonOf(error)}`], {
    ...{ stdio: 'ignore', timeout: 5000, env: { PATH: '/usr/bin:/bin' } },
  });
  said.on('error', () => {});
}
