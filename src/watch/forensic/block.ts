import type { Criterion } from '../../config.ts';
import type { HeldLine } from './strand.ts';

const TITLES: Record<Criterion, string> = {
  FailedLogin: 'FAILED LOGIN',
  UntimelyDeath: 'UNTIMELY DEATH',
  ModuleConfig: 'MODULE CONFIG',
};

/** What stands above the lines; null where it is not known. */
export interface BlockHead {
  client: string | null;
  /** Address and port. */
  server: string | null;
  /** Milliseconds. */
  elapsed: number | null;
  protocol: 'sftp' | 'ssh2';
  user: string | null;
  uid: number | null;
  gid: number | null;
  /** The same however often it is written. */
  id: string;
  raw: { in: number; out: number } | null;
  bytes: { in: number | null; out: number | null };
  files: { in: number | null; out: number | null };
}

/**
 * The lines of a session that went wrong, as ProFTPD's mod_log_forensic writes them. Whatever a name has in it, no line but
 * the first and the last begins like those: each has its own beginning, and stays one line.
 *
 * @param remarks what is missing of the lines
 */
export function renderBlock(
  criterion: Criterion,
  head: BlockHead,
  lines: readonly HeldLine[],
  remarks: readonly string[],
): string {
  const title = TITLES[criterion];
  const fields: [string, string | number | null | undefined][] = [
    ['Client-Address', head.client],
    ['Server-Address', head.server],
    ['Elapsed', head.elapsed],
    ['Protocol', head.protocol],
    ['User', head.user],
    ['UID', head.uid],
    ['GID', head.gid],
    ['UNIQUE_ID', head.id],
    ['Raw-Bytes-In', head.raw?.in],
    ['Raw-Bytes-Out', head.raw?.out],
    ['Total-Bytes-In', head.bytes.in],
    ['Total-Bytes-Out', head.bytes.out],
    ['Total-Files-In', head.files.in],
    ['Total-Files-Out', head.files.out],
  ];
  return [
    `-----BEGIN ${title} FORENSICS-----`,
    ...fields.flatMap(([name, value]) => (value == null ? [] : [`${name}: ${printable(String(value))}`])),
    '',
    ...remarks.map((remark) => `[Unspec:4, PID ${process.pid}] ${remark}`),
    ...lines.map(({ type, level, pid, text }) => `[${type}:${level}, PID ${pid}] ${printable(text)}`),
    `-----END ${title} FORENSICS-----`,
    '',
  ].join('\n');
}

/** One line of plain characters: the others as sshd writes them, a backslash and three octal digits for each byte. */
const printable = (text: string): string =>
  /^[ -~]*$/.test(text)
    ? text
    : [...Buffer.from(text, isBytes(text) ? 'latin1' : 'utf8')]
        .map((byte) =>
          byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`,
        )
        .join('');

const isBytes = (text: string): boolean => /^[\0-\xff]*$/.test(text);
