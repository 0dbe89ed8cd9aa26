import type { Role } from '../plan/facts.ts';
import type { FolderName, FolderPath, LogLevel, PasswordHash, UserName } from '../spec.ts';

/** Where something stands: `file:line:column`. */
export type Place = string;

/**
 * One account as a file describes it. What is left out stays as it is, and has its usual value for a new account; null
 * takes away.
 */
export interface ManifestUser {
  place: Place;
  name: UserName;
  role?: Role;
  /** The lines of all keys that may log in. */
  keys?: string[];
  mail?: string | null;
  logLevel?: LogLevel | null;
  /** A date, from which on nobody logs in. */
  expires?: string | null;
  locked?: boolean;
  uid?: number;
  comment?: string;
  /** Folders to be made below the data folder. */
  folders?: FolderPath[];
  /** All the shared folders that are seen in this jail. */
  shares?: FolderName[];
  passwordHash?: PasswordHash;
  /** A password in the clear, from files that have nothing better; set where the account has none. */
  password?: string;
}

export interface Manifest {
  users: ManifestUser[];
  /** Every line that should be a public key, also of accounts that something else is wrong with. */
  keys: { line: string; place: Place }[];
  complaints: Complaint[];
  /** What the operator should know of how the file was read. */
  notes: string[];
}

export interface Complaint {
  place: Place;
  message: string;
}

/** What cannot be for several accounts at once. */
export function judgeTogether(users: readonly ManifestUser[]): Complaint[] {
  const names = new Map<string, Place>();
  const uids = new Map<number, Place>();
  return users.flatMap(({ name, uid, place }) => {
    const complaints: Complaint[] = [];
    const [namesake, owner] = [names.get(name), uid === undefined ? undefined : uids.get(uid)];
    if (namesake !== undefined)
      complaints.push({ place, message: `${name} is described a second time, after ${namesake}` });
    if (owner !== undefined) complaints.push({ place, message: `uid ${uid} is given a second time, after ${owner}` });
    names.set(name, namesake ?? place);
    if (uid !== undefined) uids.set(uid, owner ?? place);
    return complaints;
  });
}

/** One error that names everything that is wrong, in the order of the file. */
export function complaintText(complaints: readonly Complaint[]): string {
  const position = ({ place }: Complaint) => place.split(':').slice(-2).map(Number);
  return complaints
    .toSorted((one, other) => {
      const [line = 0, column = 0] = position(one);
      const [otherLine = 0, otherColumn = 0] = position(other);
      return line - otherLine || column - otherColumn;
    })
    .map(({ place, message }) => `${place}: ${message}`)
    .join('\n');
}
