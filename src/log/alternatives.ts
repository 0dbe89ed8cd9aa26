import { hostPath, type Jails, viewsOf } from './host-path.ts';
import type { Operation } from './operation.ts';

/** One thing that an operation can have meant, in paths of the host. */
export interface Alternative {
  path: string;
  /** For a symlink: what it says, as it says it. */
  target?: string;
  /** The path, or the target where there is one, is only the beginning of what it was. */
  cut?: true;
  /** It can have meant nothing else. */
  sure: boolean;
  /** Why it is not sure. */
  why?: string;
}

/** U+FFFD stands for bytes that are no UTF-8: names with it look alike and can differ. */
export const BAD_BYTE = '\ufffd';

/** Everything that an operation of this user can have meant. */
export function alternativesOf(
  operation: Operation,
  user: string | null,
  jails: Jails,
  known: Iterable<string>,
  blurred: ReadonlySet<string>,
): Alternative[] {
  const { action, cut } = operation;
  const readings = operation.readings ?? [operation];
  const found = readings.flatMap(({ path, target }) =>
    viewsOf(jails, user, path, known).map((view) => {
      const at = hostPath(view, path);
      const to = target === undefined || action === 'symlink' ? target : hostPath(view, target);
      const why = reasonForDoubt(operation, user, view.sure, blurred.has(at) || (to !== undefined && blurred.has(to)));
      if (!cut)
        return { path: at, sure: why === undefined, ...(to !== undefined && { target: to }), ...(why && { why }) };
      const seen =
        to === undefined || action === 'symlink'
          ? { path: beginning(at, path), ...(to !== undefined && { target: to }) }
          : { path: at, target: beginning(to, target ?? '') };
      return { ...seen, cut, sure: false, ...(why && { why }) };
    }),
  );
  return distinct(found);
}

function reasonForDoubt({ readings, cut }: Operation, user: string | null, isViewSure: boolean, isBlurred: boolean) {
  if (readings) return 'ambiguous: its names can be read in several ways';
  if (cut) return 'OpenSSH cut the line, names can be longer';
  if (user === null) return 'the user is not known';
  if (!isViewSure) return 'the account is gone, taken for an administrator';
  if (isBlurred) return 'names that are no UTF-8 look alike';
  return undefined;
}

/** What is visible of a cut path for certain: not the pieces of a character at its end, but the slash there. */
const beginning = (path: string, logged: string): string =>
  `${path}${logged.endsWith('/') ? '/' : ''}`.replace(/\ufffd+$/, '');

function distinct(all: Alternative[]): Alternative[] {
  if (all.length < 2) return all;
  return [...new Map(all.map((each) => [`${each.path}\0${each.target ?? ''}`, each])).values()];
}
