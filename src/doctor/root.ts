import { componentsOf } from '../host/components.ts';
import { type Component, judgeJailsRoot } from '../plan/root.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export const root = checkOf<Component[]>({
  name: 'root',
  about: 'sshd accepts every folder on the way to the jails',
  look: ({ host, config }) => componentsOf(host, config.root),
  judge: (components) => judgeRoot(components),
});

export const judgeRoot = (components: readonly Component[]): Verdict[] =>
  components.flatMap((component): Verdict[] => {
    if (component.found === null)
      return [
        {
          severity: 'error',
          what: `${component.path} is missing`,
          why: REFUSED,
          remedy: ['sftpjail init --yes'],
          fixable: true,
        },
      ];
    const wrong = judgeJailsRoot([component]);
    if (wrong === null) return [];
    const isCommand = /^ch(own|mod) /.test(wrong.hint);
    const { isSymlink } = component.found;
    return [
      {
        severity: 'error',
        what: wrong.what,
        why: isSymlink
          ? 'whoever can replace it can lead every jail elsewhere; sshd follows it (session.c, safely_chroot)'
          : REFUSED,
        ...(isCommand ? { remedy: [wrong.hint] } : { advice: wrong.hint }),
      },
    ];
  });

const REFUSED = 'sshd refuses every login then (session.c, safely_chroot), or customers cannot enter their jails';
