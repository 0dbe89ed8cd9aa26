import { expect, it } from 'vitest';
import { openHistory } from '../../src/log/history.ts';
import { describeHistory, historyJson } from '../../src/ui/history-table.ts';
import { hardlink, remove, rename, session, upload } from '../log/sessions.ts';

const JAILS = { root: '/sftp-root', data: 'data', admins: new Set(['boss']), customers: new Set(['acme']) };

function historyOf(name: string, ...sessions: ReturnType<typeof session>[]) {
  const found = openHistory(`/sftp-root/acme/data/${name}`, JAILS);
  for (const each of sessions) found.add(each);
  return found.history();
}

it('"who deleted it?" is one line', () => {
  const story = [
    session('acme', upload(1, '/data/in/x'), rename(2, '/data/in/x', '/data/in/y'), rename(3, '/data/in', '/data/out')),
    session('boss', remove(191, '/acme/data/out/y')),
  ];
  expect(describeHistory(historyOf('in/x', ...story))).toEqual([
    'removed by boss (192.0.2.7) at 2026-11-21 10:03:11Z',
    '',
    'TIME (UTC)            WHAT    STATUS     USER  FROM                BYTES',
    '2026-11-21 10:00:01Z  upload  completed  acme  198.51.100.4:50000  7',
    '  /sftp-root/acme/data/in/x',
    '2026-11-21 10:00:02Z  rename  completed  acme  198.51.100.4:50000',
    '  /sftp-root/acme/data/in/x -> /sftp-root/acme/data/in/y',
    '2026-11-21 10:00:03Z  rename  completed  acme  198.51.100.4:50000',
    '  /sftp-root/acme/data/in/y -> /sftp-root/acme/data/out/y',
    '  with its folder /sftp-root/acme/data/in -> /sftp-root/acme/data/out',
    '2026-11-21 10:03:11Z  remove  completed  boss  192.0.2.7:50000',
    '  /sftp-root/acme/data/out/y',
  ]);
});

it.each([
  [
    'exists as /sftp-root/acme/data/x and /sftp-root/acme/data/y',
    [upload(1, '/data/x'), hardlink(2, '/data/x', '/data/y')],
  ],
  [
    'replaced by acme (198.51.100.4) at',
    [upload(1, '/data/x'), rename(2, '/data/y', '/data/x'), rename(3, '/data/x', '/data/z')],
  ],
  [
    'can be /sftp-root/acme/data/x, or gone',
    [upload(1, '/data/x'), remove(2, '/data/x', undefined, { status: 'unknown' })],
  ],
  ['nothing shows that it existed', [remove(2, '/data/x', undefined, { status: 'failed' })]],
])('%s', (line, parts) => {
  expect(describeHistory(historyOf('x', session('acme', ...parts))).join('\n')).toContain(line);
});

it('names act on no terminal, and a narrow one loses nothing of them', () => {
  const name = `\u001b]0;x\u0007${'long name '.repeat(20)}\u202e`;
  const found = historyOf(name, session('acme', upload(1, `/data/${name}`), remove(2, `/data/${name}`)));
  const lines = describeHistory(found, 60);
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point
  expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(lines.join('').replaceAll(' ', '')).toContain(`${'longname'.repeat(20)}\\u202e`);
});

it('for programs: the fates, then every event, newest last', () => {
  const story = session('acme', upload(1, '/data/x'), remove(2, '/data/x'), upload(3, '/data/x'));
  const records = historyJson(historyOf('x', story)).map((line) => JSON.parse(line));
  expect(records.map(({ record, file, state, action }) => [record, file, state ?? action])).toEqual([
    ['fate', 1, 'removed'],
    ['fate', 2, 'exists'],
    ['event', 1, 'upload'],
    ['event', 1, 'remove'],
    ['event', 2, 'upload'],
  ]);
  expect(records[3]).toMatchObject({
    v: 1,
    user: 'acme',
    ip: '198.51.100.4',
    port: 50_000,
    session: story.id,
    host: 'files',
  });
});
