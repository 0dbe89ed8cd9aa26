import { refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';

const FOREIGN: readonly (readonly [program: string, magic: Buffer])[] = [
  ['xz', Buffer.from('fd377a585a00', 'hex')],
  ['zstd', Buffer.from('28b52ffd', 'hex')],
  ['bzip2', Buffer.from('BZh')],
];

/** The program that can decode a file which begins like this; null for text and gzip. */
export const foreignTo = (head: Buffer): string | null =>
  FOREIGN.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? null;

/** The refusal of such a log. */
export const foreignLog = (path: string, program: string) =>
  refused(`${path} is compressed by ${program}, which is not read here`, decodedBy(program, path));

/** How it can be read all the same. */
export const decodedBy = (program: string, path: string): string =>
  `${program} -dc ${path === '-' ? '' : `${shellQuote(path)} `}| sftpjail sessions -`;
