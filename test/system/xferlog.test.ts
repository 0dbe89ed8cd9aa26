import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import { inOrderOfTime, sessionXferlog } from '../../src/ui/sessions-xferlog.ts';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import { session, transfer } from '../ui/session.ts';

/** Names that could break a line, or make an analyser lose its place in one. */
const NAMES = [
  'plain.txt',
  'two words.txt',
  'a" bytes read 0 written 999',
  'new\nline\tand tab',
  'open(bracket',
  '[',
  ')(',
  '"',
  'back\\slash',
  'query?a=b&c=%20#d',
  'Grüße.pdf',
  '文件.csv',
  '🎉',
  'bad\ufffdbytes',
  "'; DROP TABLE",
  'x'.repeat(255),
];

const stamp = (minute: number) => new Date(Date.UTC(2026, 10, 20, 9, minute)).toISOString();

/** Two overlapping sessions, each name uploaded in one and downloaded in the other, with figures that add up to no other. */
const uploads = NAMES.map((name, index) =>
  transfer({
    ...{ n: index + 1, path: `/data/${name}`, bytesWritten: 1024 * (index + 1) ** 2 },
    ...{ opened: stamp(index), closed: stamp(index + 1), status: index === 3 ? 'partial' : 'completed' },
  }),
);
const downloads = NAMES.map((name, index) =>
  transfer({
    ...{ n: index + 1, path: `/data/${name}`, direction: 'download', bytesRead: 1_048_576 * (index + 1) },
    ...{ bytesWritten: 0, opened: stamp(index), closed: stamp(index + 1) },
  }),
);
const noLines = [
  transfer({ n: 90, bytesWritten: null, exact: false, status: 'unknown' }),
  transfer({ n: 91, bytesWritten: null, exact: false, status: 'failed', error: 'Permission denied' }),
  transfer({ n: 92, copy: 'likely', bytesWritten: 777_777 }),
];
const sessions: Session[] = [
  session({ user: 'acme', transfers: [...uploads, ...noLines] }),
  session({ user: 'globex', client: { ip: '2001:db8::7', port: 50_001 }, transfers: downloads }),
];
const bytesIn = uploads.reduce((sum, { bytesWritten }) => sum + (bytesWritten ?? 0), 0);
const bytesOut = downloads.reduce((sum, { bytesRead }) => sum + (bytesRead ?? 0), 0);

/** As awstats' FAQ says for servers that log in xferlog format (FAQ-COM090). */
const AWSTATS = `
LogFile="/root/xferlog"
LogType=F
LogFormat="%time3 %other %host %bytesd %url %other %other %method %other %logname %other %code %other %other"
LogSeparator="\\s"
SiteDomain="sftp1"
DNSLookup=0
DirData="/root/awstats"
NotPageList=""
LevelForBrowsersDetection=0
LevelForOSDetection=0
LevelForRefererAnalyze=0
LevelForRobotsDetection=0
LevelForWormsDetection=0
LevelForSearchEnginesDetection=0
`;

const WEBALIZER = `
Incremental yes
IncrementalName /root/webalizer/state
HistoryName /root/webalizer/history
DumpPath /root/webalizer
DumpUsers yes
`;

describeOverlay(
  'xferlog',
  (image) => {
    let overlay: Overlay;

    beforeAll(async () => {
      const rendered = sessions.map((one) => sessionXferlog(one, 'Europe/Berlin'));
      expect(rendered.map(({ leftOut }) => leftOut)).toEqual([1, 0]);
      overlay = await openOverlay(image, { product: false });
      const lines = inOrderOfTime(rendered.flatMap(({ lines }) => lines));
      await overlay.writeFile('/root/xferlog', lines.map((line) => `${line}\n`).join(''));
    });
    afterAll(() => overlay?.close());

    const rowsOf = async (path: string, separator: string) =>
      (await overlay.readFile(path))
        .trim()
        .split('\n')
        .map((line) => line.split(separator));

    it('is read by awstats: the same transfers, bytes and customers', async () => {
      await overlay.sh('mkdir /root/awstats');
      await overlay.writeFile('/etc/awstats/awstats.sftp.conf', AWSTATS);
      const { stdout } = await overlay.run('/usr/lib/cgi-bin/awstats.pl', [
        '-config=sftp',
        '-update',
        '-showdropped',
        '-showcorrupted',
      ]);
      expect(stdout).toMatch(/Found 0 dropped records/);
      expect(stdout).toMatch(/Found 0 corrupted records/);
      expect(stdout).toMatch(new RegExp(`Found ${2 * NAMES.length} new qualified records`));
      const kept = await overlay.readFile('/root/awstats/awstats112026.sftp.txt');
      expect(usersOf(kept)).toEqual({ acme: [NAMES.length, bytesIn], globex: [NAMES.length, bytesOut] });
    });

    it('is read by webalizer: the same transfers, bytes and customers', async () => {
      await overlay.sh('mkdir /root/webalizer');
      await overlay.writeFile('/root/webalizer.conf', WEBALIZER);
      const args = ['-c', '/root/webalizer.conf', '-F', 'ftp', '-o', '/root/webalizer', '/root/xferlog'];
      const { stdout, stderr } = await overlay.run('webalizer', args);
      expect(stdout).toContain(`\n${2 * NAMES.length} records in `);
      expect(stdout + stderr).not.toMatch(/bad record|ignored/i);
      // The third line of its state: hits, files, sites, urls, refs, agents, bytes.
      const totals = (await rowsOf('/root/webalizer/state', ' '))[2]?.map(Number);
      expect([totals?.[0], totals?.[6]]).toEqual([2 * NAMES.length, bytesIn + bytesOut]);
      // Hits, files, kilobytes, visits, who; this webalizer counts 1024 bytes a kilobyte.
      const users = await rowsOf('/root/webalizer/user_202611.tab', '\t');
      expect(Object.fromEntries(users.map(([hits, , kilobytes, , user]) => [user, [hits, kilobytes]]))).toEqual({
        acme: [NAMES.length, bytesIn / 1024].map(String),
        globex: [NAMES.length, bytesOut / 1024].map(String),
      });
    });
  },
  ['bookworm-analysers'],
);

/** BEGIN_LOGIN of awstats' data file: who, pages, hits, bandwidth, last visit. */
function usersOf(kept: string): Record<string, [hits: number, bytes: number]> {
  const section = /^BEGIN_LOGIN \d+\n([\s\S]*?)^END_LOGIN/m.exec(kept)?.[1] ?? '';
  const rows = section
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return Object.fromEntries(rows.map(([user, , hits, bytes]) => [user, [Number(hits), Number(bytes)]]));
}
