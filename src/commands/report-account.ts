import type { Context } from '../context.ts';
import { textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import type { Plan } from '../plan/change.ts';
import { jailOf, keysOf } from '../plan/user.ts';
import type { UserName } from '../spec.ts';
import { planForPrograms } from './carry-out.ts';
import { connectionFor } from './connection.ts';

export interface Report {
  plan: Plan;
  done: boolean;
  isNew: boolean;
  /** To be told this once. */
  password: string | null;
  /** A password was asked for, and the account had one. */
  keptPassword: boolean;
}

/** Says how an account stands, and what to hand to its owner. */
export async function reportAccount(
  context: Context,
  name: UserName,
  { plan, done, isNew, password, keptPassword }: Report,
): Promise<void> {
  const { host, options, say, config } = context;
  const account = readRegister(host).users.get(name);
  const connection = options.dryRun ? null : await connectionFor(host, name);
  if (options.json) {
    const told = {
      name,
      uid: account?.uid ?? null,
      jail: jailOf(config, name),
      ...(password && { password }),
      connection,
    };
    return say.result(JSON.stringify({ changed: done, ...told, ...planForPrograms(plan) }));
  }
  if (options.dryRun) return;
  if (keptPassword)
    say.warn(`${name} has a password already, which was kept; to set another: sftpjail set-password ${name}`);
  say.note(
    !done ? `${name} is as it should be; nothing was changed.` : isNew ? `${name} is ready.` : `${name} was mended.`,
  );
  if (connection) {
    say.result(`connect:      ${connection.command}`);
    for (const fingerprint of connection.hostKeys) say.result(`host key:     ${fingerprint}`);
  }
  if (password) say.result(`password:     ${password}   (shown this once)`);
  const canLogIn = textOrNull(host.path(keysOf(name))) !== null || readRegister(host).shadow.get(name)?.hasPassword;
  if (!canLogIn) say.warn(`${name} has neither key nor password yet: sftpjail add-key ${name} FILE`);
  const expires = readRegister(host).shadow.get(name)?.expires;
  if (expires != null && expires * 86_400_000 <= context.now().getTime())
    say.warn(`${name} is locked: sftpjail unlock-user ${name}`);
}
