import { changeableSelf } from '../host/self-parts.ts';
import type { Wrong } from '../plan/root.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export const self = checkOf<Wrong[]>({
  name: 'self',
  about: 'nobody but root can change sftpjail, or the Node that runs it',
  look: ({ self }) => changeableSelf(self),
  judge: (wrongs) => judgeSelf(wrongs),
});

/** One folder that is open to others shows in every file below it. */
export const judgeSelf = (wrongs: readonly Wrong[]): Verdict[] =>
  [...new Map(wrongs.map((wrong) => [wrong.what, wrong])).values()].map(
    ({ what, hint }): Verdict => ({
      severity: 'error',
      what,
      why: 'rsyslog starts sftpjail as root after each restart: whoever can change it is root too',
      ...remedyIn(hint),
      advice: 'or keep it where only root can write: npm pack && npm install --global ./sftpjail-*.tgz',
    }),
  );

const remedyIn = (hint: string): Pick<Verdict, 'remedy'> => (/^ch(own|mod) /.test(hint) ? { remedy: [hint] } : {});
