import { describe, expect, it } from 'vitest';
import { parseRepquota } from '../../src/conf/repquota.ts';

describe('the output of repquota', () => {
  const HEADER =
    'User,BlockStatus,FileStatus,BlockUsed,BlockSoftLimit,BlockHardLimit,BlockGrace,FileUsed,FileSoftLimit,FileHardLimit,FileGrace\n';

  it('tells bytes and files by uid', () => {
    const text = `${HEADER}#0,ok,ok,18308880,0,0,,274759,0,0,\n#70000,soft,ok,2000,1000,2000,6days,12,0,0,\n`;
    expect(parseRepquota(text)?.get(70_000)).toEqual({ bytes: 2_048_000, files: 12 });
  });

  it.each([
    '',
    'repquota: no correct mountpoint\n',
    `${HEADER.replace('BlockUsed', 'SpaceUsed')}#0,ok,ok,1,0,0,,1,0,0,\n`,
    `${HEADER}#0,ok,ok,1M,0,0,,1,0,0,\n`,
    `${HEADER}root,ok,ok,1,0,0,,1,0,0,\n`,
  ])('is not believed where it looks otherwise: %j', (text) => expect(parseRepquota(text)).toBeNull());
});
