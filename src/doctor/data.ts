import { checkOf } from './check.ts';
import { mendedByAdding, type Verdict } from './finding.ts';
import { isFolder, modeText, type SeenJail } from './seen-jails.ts';

export interface SeenData {
  root: string;
  data: string;
  gid: number | null;
  jails: readonly Pick<SeenJail, 'account' | 'jail' | 'data'>[];
}

export const data = checkOf<SeenData>({
  name: 'data',
  about: 'each customer owns the data folder, and administrators get in',
  look: async ({ config, filesGid, jails }) => ({
    root: config.root,
    data: config.data,
    gid: filesGid(),
    jails: await jails(),
  }),
  judge: judgeData,
});

const MODE = 0o2770;

export function judgeData({ root, data, gid, jails }: SeenData): Verdict[] {
  return jails.flatMap(({ account, jail, data: found }): Verdict[] => {
    if (account.role === 'admin' || jail === undefined) return [];
    const { name, uid } = account;
    const at = `${root}/${name}/${data}`;
    const mended = mendedByAdding(account);
    if (found === undefined)
      return [
        {
          severity: 'error',
          what: `${at} is missing`,
          gist: 'the data folder is missing',
          why: 'the customer can upload nothing',
          ...mended,
        },
      ];
    if (!isFolder(found))
      return [
        {
          ...{ severity: 'error', what: `${at} is not a folder`, gist: 'data is not a folder', user: name },
          why: 'the customer can upload nothing, or works somewhere else',
          advice: `look who made it and what it is: ls -ld ${at}`,
        },
      ];
    if (found.uid !== uid)
      return [
        {
          ...{ severity: 'error', what: `${at} belongs to uid ${found.uid}, not to ${name}` },
          gist: 'data does not belong to its customer',
          why: 'the customer can upload nothing, and whoever owns it can take everything away',
          ...mended,
        },
      ];
    if (found.gid === gid && (found.mode & 0o7777) === MODE) return [];
    const shut = (found.mode & 0o070) !== 0o070 || found.gid !== gid;
    return [
      {
        severity: 'warning',
        what: `${at} has mode ${modeText(found)} and gid ${found.gid}, not 2770 and ${gid}`,
        gist: 'data was re-moded, perhaps by its owner',
        why: shut
          ? 'administrators of files are shut out of it'
          : 'more people can change or see it than should, or new files lose their group',
        ...mended,
      },
    ];
  });
}
