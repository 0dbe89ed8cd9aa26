/** Something in sshd's configuration that keeps our blocks from taking effect, or a customer out. */
export interface Obstacle {
  file: string;
  line: number;
  /** The directive as written, or empty where one is missing. */
  what: string;
  why: string;
  /** One sentence to follow, or a command to run. */
  wayOut: string;
}

/** Whom the judgement is for: one account, or every account that has these groups. */
export interface Customer {
  dropIn: string;
  /** The group that owns the files, then the role's. */
  groups: readonly string[];
  /** Left out where it is about accounts to come. */
  user?: string | undefined;
  /** What the account logs in with; with neither, it will be a key or a password. */
  password?: boolean | undefined;
  key?: boolean | undefined;
}

/** Whom an obstacle concerns, in a sentence. */
export const whom = ({ user, groups }: Customer): string => user ?? `members of ${groups.join(' and ')}`;
