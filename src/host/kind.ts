import type { Kind, States } from '../plan/change.ts';
import type { Host } from './host.ts';

/** How one kind of thing is looked at and changed. */
export interface KindOnHost<K extends Kind> {
  /**
   * What stands there now. Refuses what is something else (a symlink in place of a file) rather than call it absent.
   *
   * @param wanted the state that is asked about, where the kind has more than one way to look
   */
  read(host: Host, at: string, wanted: States[K] | null): States[K] | null | Promise<States[K] | null>;
  /** Makes it so, whatever was left half done before; doing it again changes nothing. */
  put(host: Host, at: string, state: States[K] | null, from: States[K] | null): void | Promise<void>;
  /** The same for many things at once, by kinds of which a plan may hold thousands: they are registered together. */
  putMany?(host: Host, puts: readonly Put<K>[]): void | Promise<void>;
  /** Checks and accounts have nothing to do with it, so they do not wait until thousands of it are made. */
  readonly isApart?: true;
}

/** One thing to be made so, and what it was. */
export interface Put<K extends Kind> {
  at: string;
  state: States[K] | null;
  from: States[K] | null;
}

/** For kinds that gain nothing by having many at once but to be registered together. */
export const inTurn =
  <K extends Kind>(put: (host: Host, at: string, state: States[K] | null, from: States[K] | null) => void) =>
  (host: Host, puts: readonly Put<K>[]): void => {
    for (const { at, state, from } of puts) put(host, at, state, from);
  };

/** A thing cannot be taken away because somebody else has begun to use it. */
export class StillInUse extends Error {}
