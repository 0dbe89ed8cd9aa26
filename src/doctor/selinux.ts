import { lstatOrNull, textOrNull } from '../host/read.ts';
import { checkOf } from './check.ts';
import { NotChecked, type Verdict } from './finding.ts';

export interface SeenSelinux {
  root: string;
  enforcing: boolean;
  /** The contexts of `dev` and `dev/log` in the root, as stat(1) prints them. */
  contexts: { dev: string; log: string };
}

export const selinux = checkOf<SeenSelinux>({
  name: 'selinux',
  about: "the log socket has the label that SELinux lets syslog's clients write to",
  async look({ host, config, needsRunning }) {
    needsRunning();
    const { root } = config;
    const enforcing = textOrNull('/sys/fs/selinux/enforce')?.trim() === '1';
    if (!enforcing) return { root, enforcing, contexts: { dev: '', log: '' } };
    if (lstatOrNull(`${root}/dev/log`) === null) throw new NotChecked(`there is no log socket at ${root}/dev/log`);
    const { stdout } = await host.must('stat', ['--format=%C', `${root}/dev`, `${root}/dev/log`]);
    const [dev = '', log = ''] = stdout.split('\n');
    return { root, enforcing, contexts: { dev, log } };
  },
  judge: judgeSelinux,
});

export function judgeSelinux({ root, enforcing, contexts }: SeenSelinux): Verdict[] {
  const isLabelled = contexts.dev.includes(':device_t') && contexts.log.includes(':devlog_t');
  if (!enforcing || isLabelled) return [];
  return [
    {
      severity: 'warning',
      what: `SELinux is enforcing, and ${root}/dev/log has the label ${contexts.log || '(none)'}`,
      why: 'rsyslogd makes log sockets in folders of device_t only, and confined users write to devlog_t only (selinux-policy, logging.te)',
      remedy: [
        `semanage fcontext -a -f d -t device_t '${root}/dev'`,
        `semanage fcontext -a -f s -t devlog_t '${root}/dev/log'`,
        `semanage fcontext -a -f s -t devlog_t '${root}/[^/]+/dev/log'`,
        `restorecon -R ${root}/dev`,
      ],
    },
  ];
}
