import { shellQuote } from '../quote.ts';

/** What an administrator can see of a folder on the way to something, or of the thing itself. */
export interface Component {
  path: string;
  /** Null for what does not exist yet. */
  found: { uid: number; mode: number; isDirectory: boolean; isSymlink: boolean } | null;
}

/** What is wrong, and a command that mends it. */
export interface Wrong {
  what: string;
  hint: string;
}

const permissions = ({ mode }: { mode: number }): string => (mode & 0o7777).toString(8);

/** Whether root alone can change a thing; a symlink leads to something that may be anybody's. */
export function judgeOwner({ path, found }: Component): Wrong | null {
  const at = shellQuote(path);
  if (found === null) return null;
  if (found.isSymlink)
    return { what: `${path} is a symlink`, hint: `use the path that it leads to: readlink -f ${at}` };
  if (found.uid !== 0) return { what: `${path} does not belong to root`, hint: `chown root ${at}` };
  if ((found.mode & 0o022) !== 0)
    return {
      what: `${path} can be written by others than root (mode ${permissions(found)})`,
      hint: `chmod go-w ${at}`,
    };
  return null;
}

/** The first folder of a path that someone other than root could replace, or change what is in it. */
export function judgeComponents(components: readonly Component[]): Wrong | null {
  for (const component of components) {
    const { path, found } = component;
    if (found !== null && !found.isSymlink && !found.isDirectory)
      return { what: `${path} is not a directory`, hint: `ls -ld ${shellQuote(path)}` };
    const wrong = judgeOwner(component);
    if (wrong) return wrong;
  }
  return null;
}

/**
 * The first component of the way to the jails that sshd would refuse as a chroot (session.c, safely_chroot: uid 0, not
 * writable by group or others), or that keeps customers out. sshd follows symlinks, so a symlink is refused here: whoever
 * can write to its parent can lead every jail elsewhere.
 */
export function judgeJailsRoot(components: readonly Component[]): Wrong | null {
  const wrong = judgeComponents(components);
  if (wrong) return wrong;
  for (const { path, found } of components)
    if (found !== null && (found.mode & 0o001) === 0)
      return {
        what: `${path} cannot be entered by customers (mode ${permissions(found)})`,
        hint: `chmod o+x ${shellQuote(path)}`,
      };
  return null;
}
