/** One session of a made-up log: an upload, a removal, a rename. */
export interface Told {
  /** When it began. */
  at: string;
  pid: number;
  user: string;
  host?: string;
}

/** Its lines, with their ends, as rsyslog writes them. */
export function linesOf({ at, pid, user, host = 'sftp1' }: Told): string[] {
  const begin = Date.parse(at);
  const messages = [
    `session opened for local user ${user} from [192.0.2.${pid % 250}]`,
    'received client version 3',
    `open "/data/${user}-${pid}.bin" flags WRITE,CREATE,TRUNCATE mode 0666`,
    `close "/data/${user}-${pid}.bin" bytes read 0 written ${1000 + pid}`,
    `remove name "/data/${user}-old"`,
    `rename old "/data/a" new "/data/${user}-b"`,
    `session closed for local user ${user} from [192.0.2.${pid % 250}]`,
  ];
  return messages.map((message, second) => {
    const stamp = new Date(begin + second * 1000)
      .toISOString()
      .replace('Z', `${String(pid % 1000).padStart(3, '0')}+00:00`);
    return `${stamp} ${host} internal-sftp[${pid}]: ${message}\n`;
  });
}

/** So many sessions, some hours apart, of these accounts in turn. */
export const sessionsFrom = (at: string, pid: number, users: readonly string[], count: number, host?: string): Told[] =>
  Array.from({ length: count }, (_, index) => ({
    at: new Date(Date.parse(at) + index * 7 * 3_600_000).toISOString(),
    pid: pid + index,
    user: users[index % users.length] as string,
    ...(host !== undefined && { host }),
  }));

export const logOf = (told: readonly Told[]): string => told.flatMap(linesOf).join('');
