import { type StatsFs, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';
import { bytesIn } from './logrotate.ts';

export interface SeenSpace {
  folder: string;
  room: Pick<StatsFs, 'bavail' | 'bsize' | 'blocks' | 'ffree' | 'files'>;
  /** How large the log may grow before it is rotated. */
  maxsize: number;
  /** The uploads lie on the same file system. */
  shared: boolean;
  root: string;
}

export const space = checkOf<SeenSpace>({
  name: 'space',
  about: 'the file system of the log has room, in bytes and in inodes',
  look({ host, config }) {
    const folder = dirname(config.log.file);
    const [ofLog, ofRoot] = [folder, config.root].map((path) =>
      statSync(host.followed(path), { throwIfNoEntry: false }),
    );
    const room = statfsSync(host.followed(folder));
    const { maxsize } = config.log.rotate;
    return { folder, room, maxsize: bytesIn(maxsize), shared: ofLog?.dev === ofRoot?.dev, root: config.root };
  },
  judge: judgeSpace,
});

const MB = 1_000_000;
const LOST = 'when it is full rsyslogd drops lines in silence, and no session waits for it (rsyslog error 2027)';
const FEWEST_INODES = 1000;

export function judgeSpace({ folder, room, maxsize, shared, root }: SeenSpace): Verdict[] {
  const left = room.bavail * room.bsize;
  const needed = Math.max(2 * maxsize, 0.01 * room.blocks * room.bsize);
  return [
    ...(left < needed
      ? [
          {
            severity: left < maxsize / 10 ? 'error' : 'warning',
            what: `${folder} has ${Math.floor(left / MB)} MB left, less than the ${Math.ceil(needed / MB)} MB that a rotation or two of the log need`,
            why: LOST,
            advice: `make room or a larger file system: df -h ${folder}; du -xh ${folder} | sort -h | tail`,
          } satisfies Verdict,
        ]
      : []),
    // Some file systems have no fixed number of inodes, and say 0.
    ...(room.files > 0 && room.ffree < FEWEST_INODES
      ? [
          {
            severity: 'error',
            what: `${folder} has room for ${room.ffree} more files`,
            why: `no log can be rotated without one; ${LOST}`,
            advice: `look what has so many: df -i ${folder}; find ${folder} -xdev | wc -l`,
          } satisfies Verdict,
        ]
      : []),
    ...(shared
      ? [
          {
            severity: 'note',
            what: `the log and the customers' files share a file system (${folder}, ${root})`,
            why: 'a customer who fills it stops the log too',
            advice: `put ${root} on a file system of its own, or set quotas`,
          } satisfies Verdict,
        ]
      : []),
  ];
}
