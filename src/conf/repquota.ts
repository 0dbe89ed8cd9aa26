/** What a quota says that a user occupies on a file system. */
export interface QuotaUse {
  bytes: number;
  files: number;
}

const HEADER =
  'User,BlockStatus,FileStatus,BlockUsed,BlockSoftLimit,BlockHardLimit,BlockGrace,FileUsed,FileSoftLimit,FileHardLimit,FileGrace';

/**
 * The output of `repquota -u -n -O csv`, by uid: blocks are of 1024 bytes, and users are `#UID` (repquota(8)).
 *
 * @returns null for what does not look as it should: then nothing in it is believed
 */
export function parseRepquota(text: string): Map<number, QuotaUse> | null {
  const [header, ...lines] = text.trimEnd().split('\n');
  if (header !== HEADER) return null;
  const uses = new Map<number, QuotaUse>();
  for (const line of lines) {
    const fields = line.split(',');
    const [, uid] = /^#(\d+)$/.exec(fields[0] ?? '') ?? [];
    const [blocks = '', files = ''] = [fields[3], fields[7]];
    if (uid === undefined || fields.length !== 11 || !/^\d+$/.test(blocks) || !/^\d+$/.test(files)) return null;
    uses.set(Number(uid), { bytes: Number(blocks) * 1024, files: Number(files) });
  }
  return uses;
}
