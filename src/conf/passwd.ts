/** One line of /etc/passwd. */
export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  comment: string;
  home: string;
  shell: string;
}

/** One line of /etc/group. */
export interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/** What concerns us in a line of /etc/shadow. */
export interface ShadowEntry {
  name: string;
  /** A hash that some password matches; `*`, `!` and locked hashes are none. */
  hasPassword: boolean;
  /** The field itself: a secret that never becomes part of a plan, and is never shown. */
  hash: string;
  /** Days since 1970 on which the account expires. */
  expires: number | null;
}

const records = (text: string, fields: number): string[][] =>
  text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((parts) => parts.length >= fields && !parts[0]?.startsWith('#'));

export const parsePasswd = (text: string): PasswdEntry[] =>
  records(text, 7).map(([name = '', , uid, gid, comment = '', home = '', shell = '']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    comment,
    home,
    shell,
  }));

export const parseGroup = (text: string): GroupEntry[] =>
  records(text, 4).map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter((member) => member !== ''),
  }));

export const parseShadow = (text: string): ShadowEntry[] =>
  records(text, 8).map((parts) => ({
    name: parts[0] ?? '',
    hasPassword: /^[^*!]/.test(parts[1] ?? ''),
    hash: parts[1] ?? '',
    expires: parts[7] ? Number(parts[7]) : null,
  }));
