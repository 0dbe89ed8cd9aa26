import { accounts } from './accounts.ts';
import { apparmor } from './apparmor.ts';
import { capacity } from './capacity.ts';
import type { Check } from './check.ts';
import { configuration } from './configuration.ts';
import { data } from './data.ts';
import { files } from './files.ts';
import { forensic } from './forensic.ts';
import { interrupted } from './interrupted.ts';
import { jails } from './jails.ts';
import { keys } from './keys.ts';
import { ledger } from './ledger.ts';
import { linkLimit } from './link-limit.ts';
import { links } from './links.ts';
import { locked } from './locked.ts';
import { log } from './log.ts';
import { logins } from './logins.ts';
import { logrotate } from './logrotate.ts';
import { mounts } from './mounts.ts';
import { names } from './names.ts';
import { orphans } from './orphans.ts';
import { rates } from './rates.ts';
import { root } from './root.ts';
import { rsyslog } from './rsyslog.ts';
import { self } from './self.ts';
import { selinux } from './selinux.ts';
import { senders } from './senders.ts';
import { sessionHooks } from './session-hooks.ts';
import { space } from './space.ts';
import { sshd } from './sshd.ts';
import { versions } from './versions.ts';
import { watch } from './watch.ts';
import { writes } from './writes.ts';

/** Every check, in the order in which findings are told: what keeps others from being mended comes first. */
export const CHECKS: readonly Check[] = [
  ...[interrupted, configuration, self, versions],
  ...[files, root, mounts],
  ...[sshd, logins, sessionHooks, capacity],
  ...[rsyslog, rates, log, space, logrotate, writes, watch, forensic, ledger, senders],
  ...[accounts, jails, data, links, linkLimit, keys, orphans, locked, names],
  ...[apparmor, selinux],
];
