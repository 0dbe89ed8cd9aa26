import { KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import { componentsOf } from '../host/components.ts';
import { type Component, judgeComponents } from '../plan/root.ts';
import { keysOf } from '../plan/user.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';
import { isFile, mayUse, modeText, type SeenJail } from './seen-jails.ts';

export interface SeenKeys {
  /** The folders on the way to the keys. */
  folders: readonly Component[];
  gid: number | null;
  jails: readonly Pick<SeenJail, 'account' | 'keys'>[];
}

export const keys = checkOf<SeenKeys>({
  name: 'keys',
  about: 'sshd can read the keys of every account, and nobody else can change them',
  look: async ({ host, filesGid, jails }) => ({
    folders: componentsOf(host, KEYS_FOLDER),
    gid: filesGid(),
    jails: await jails(),
  }),
  judge: (seen) => [...judgeFolders(seen), ...judgeKeys(seen)],
});

const UNREAD = 'sshd reads keys as the user, and none that others can change (auth2-pubkey.c; misc.c, safe_path)';

export const judgeFolders = ({ folders }: Pick<SeenKeys, 'folders'>): Verdict[] =>
  folders.flatMap((component): Verdict[] => {
    const { path, found } = component;
    const told = (what: string, remedy: Partial<Verdict>): Verdict[] => [
      { severity: 'error', what, why: UNREAD, ...(path.startsWith('/etc/sftpjail') ? MENDED_BY_INIT : remedy) },
    ];
    if (found === null) return told(`${path} is missing`, {});
    const wrong = judgeComponents([component]);
    if (wrong) return told(wrong.what, /^ch/.test(wrong.hint) ? { remedy: [wrong.hint] } : { advice: wrong.hint });
    if ((found.mode & 0o001) !== 0) return [];
    return told(`${path} cannot be entered by customers (mode ${modeText(found)})`, { remedy: [`chmod o+x ${path}`] });
  });

export const judgeKeys = ({ gid, jails }: SeenKeys): Verdict[] =>
  jails.flatMap(({ account, keys: found }): Verdict[] => {
    const { name, uid, hasPassword } = account;
    const at = keysOf(name);
    if (found === undefined || found.size === 0)
      return hasPassword
        ? []
        : [
            {
              ...{
                severity: 'note',
                what: `${name} has neither key nor password`,
                gist: 'an account has neither key nor password',
              },
              ...{
                why: 'nobody can log in to it',
                user: name,
                advice: `to give it a key: sftpjail add-user ${name} --key FILE`,
              },
            },
          ];
    const mended = { user: name, remedy: [`chown root: ${at} && chmod 644 ${at}`], fixable: true };
    if (!isFile(found))
      return [
        {
          severity: 'error',
          what: `${at} is not a regular file`,
          gist: 'the keys are not a regular file',
          why: UNREAD,
          user: name,
          advice: `look what it is: ls -ld ${at}`,
        },
      ];
    if (found.uid !== 0 || (found.mode & 0o022) !== 0)
      return [
        {
          ...{
            severity: 'error',
            what: `${at} can be changed by others than root (uid ${found.uid}, mode ${modeText(found)})`,
          },
          ...{
            gist: 'keys can be changed by others than root',
            why: 'whoever can write it can log in; where sshd sees that, it refuses the keys',
            ...mended,
          },
        },
      ];
    if (!mayUse(found, { uid, gid }, 0o4))
      return [
        {
          severity: 'error',
          what: `${at} cannot be read by ${name} (mode ${modeText(found)})`,
          gist: 'keys cannot be read',
          why: UNREAD,
          ...mended,
        },
      ];
    return [];
  });
