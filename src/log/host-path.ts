/** What is needed to say where on the host a path of a session is. */
export interface Jails {
  /** Customers are chrooted to `<root>/<user>`, administrators to the root itself. */
  root: string;
  /** The folder of a jail in which customers begin. */
  data: string;
  admins: ReadonlySet<string>;
  /** The customers that are accounts today. */
  customers: ReadonlySet<string>;
}

/** One way to read the paths of a session. */
export interface View {
  /** The folder of the host that the session sees as `/`. */
  base: string;
  /** Where in there its relative paths begin: customers start in their data folder, `internal-sftp -d`. */
  start: string;
  /** False where somebody else could have been meant. */
  sure: boolean;
}

export const jailView = ({ root, data }: Jails, user: string): View => ({
  base: `${root}/${user}`,
  start: `/${data}`,
  sure: true,
});

export const adminView = ({ root }: Jails): View => ({ base: root, start: '/', sure: true });

/**
 * How a user's paths are read. An account that is gone is taken for an administrator where its path leads into the data
 * folder of a jail, which no customer has at such a place. Without a user all is possible that leads to these jails.
 */
export function viewsOf(jails: Jails, user: string | null, path: string, known: Iterable<string>): View[] {
  const views =
    user === null
      ? [adminView(jails), ...[...known].map((name) => jailView(jails, name))]
      : [viewOf(jails, user, path)];
  return user === null ? views.map((view) => ({ ...view, sure: false })) : views;
}

function viewOf(jails: Jails, user: string, path: string): View {
  if (jails.admins.has(user)) return adminView(jails);
  const [first, second] = parts(path);
  const isLikeAdmin =
    !jails.customers.has(user) && path.startsWith('/') && first !== jails.data && second === jails.data;
  return isLikeAdmin ? { ...adminView(jails), sure: false } : jailView(jails, user);
}

/** The name of the jail that a path of the host is in, or null. */
export const jailOfPath = ({ root }: Jails, path: string): string | null =>
  path.startsWith(`${root}/`) ? (path.slice(root.length + 1).split('/')[0] ?? null) : null;

/**
 * Where a path of a session is on the host: without `.`, `..`, doubled and trailing slashes; nothing leads out of the
 * base. Symlinks on the way are not known and not followed.
 */
export function hostPath({ base, start }: View, path: string): string {
  if (path.startsWith('/') && !UNTIDY.test(path)) return base + path;
  return [base, ...parts(path.startsWith('/') ? path : `${start}/${path}`)].join('/');
}

/** Has a `.`, a `..`, a doubled slash or one at the end. */
const UNTIDY = /\/\.{0,2}(?:\/|$)/;

/** The names in a path, lexically. */
function parts(path: string): string[] {
  const names: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') names.pop();
    else if (part !== '' && part !== '.') names.push(part);
  }
  return names;
}
