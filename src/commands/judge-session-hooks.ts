import { LONGEST_PAM_LINE, PAM_SSHD, renderPamLine } from '../conf/pam.ts';
import { parseEffective } from '../conf/sshd.ts';
import { CONFIG_PATH } from '../config.ts';
import { refused } from '../errors.ts';
import { withSshdFolder } from '../host/checks.ts';
import type { Host } from '../host/host.ts';
import { lstatOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import type { HostFacts } from '../plan/facts.ts';
import { WATCH_USER } from '../plan/watch.ts';
import { shellQuote } from '../quote.ts';

/** Refuses what would run before no session, or keep every customer out. @throws OperatorError `refused` */
export async function judgeSessionHooks(host: Host, facts: HostFacts): Promise<void> {
  const line = renderPamLine(facts);
  if (line === null) return;
  const { config, kind } = facts;
  const { user, 'before-session': before } = config.hooks;
  if (line.length > LONGEST_PAM_LINE)
    throw refused(`the line for ${PAM_SSHD} would be longer than PAM reads`, 'keep sftpjail under a shorter path');
  if (lstatOrNull(host.path(PAM_SSHD)) === null)
    throw refused(`there is no ${PAM_SSHD}, by which sshd would run hooks.before-session`, `ls -l ${PAM_SSHD}`);
  if (!(config.watch.enabled && user === WATCH_USER) && !readRegister(host).users.has(user))
    throw refused(`there is no account ${user}, which hooks.user names`, `getent passwd ${user}`);
  const [program = ''] = before?.required ? before.command : [];
  if (program !== '' && ((lstatOrNull(host.followed(program))?.mode ?? 0) & 0o111) === 0)
    throw refused(
      `no customer could log in: ${program}, which ${CONFIG_PATH} requires, is no program`,
      `ls -l ${shellQuote(program)}`,
    );
  if (kind === 'image') return;
  const { code, stdout } = await withSshdFolder(host, () => host.run('/usr/sbin/sshd', ['-T']));
  if (code === 0 && parseEffective(stdout).get('usepam')?.[0] !== 'yes')
    throw refused(
      'sshd does not use PAM, so it would run no hooks.before-session',
      'set "UsePAM yes" in /etc/ssh/sshd_config',
    );
}
