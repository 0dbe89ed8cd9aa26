import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/log/history.ts';
import type { Session } from '../../src/log/session.ts';
import { at, download, hardlink, mkdir, remove, rename, rmdir, session, set, symlink, upload } from './sessions.ts';

const JAILS = {
  root: '/sftp-root',
  data: 'data',
  admins: new Set(['boss']),
  customers: new Set(['acme', 'bob']),
};

/** Of each file that had this name in acme's data folder: every event as one word and its paths, then its fate. */
function told(name: string, ...sessions: Session[]): string[][] {
  const { files } = historyOf(`/sftp-root/acme/data/${name}`, ...sessions);
  return files.map(({ events, fate }) => [
    ...events.map(({ user, action, status, path, target, possible }) =>
      [
        user,
        `${action}${possible ? '?' : ''}`,
        ...(status === 'completed' ? [] : [status]),
        ...[path, target].flatMap((each) => (each === undefined ? [] : [each.replace('/sftp-root/acme/data/', '')])),
      ].join(' '),
    ),
    [fate.state, ...(fate.possible ? ['possible'] : []), ...fate.names.map((each) => each.split('/data/')[1])].join(
      ' ',
    ),
  ]);
}

function historyOf(path: string, ...sessions: Session[]) {
  const found = openHistory(path, JAILS);
  for (const each of sessions) found.add(each);
  return found.history();
}

const acme = (...parts: Parameters<typeof session> extends [unknown, ...infer Rest] ? Rest : never) =>
  session('acme', ...parts);
const boss = (...parts: Parameters<typeof acme>) => session('boss', ...parts);

describe('a file is found by every name it had', () => {
  const story = [
    boss(remove(30, '/acme/data/new/z.csv')),
    acme(upload(1, '/data/old/x.part'), rename(2, '/data/old/x.part', '/data/old/x.csv')),
    acme(rename(10, '/data/old', '/data/new'), rename(20, '/data/new/x.csv', '/data/new/z.csv')),
  ];
  it.each(['old/x.part', 'old/x.csv', 'new/x.csv', 'new/z.csv'])('%s', (name) => {
    expect(told(name, ...story)).toEqual([
      [
        'acme upload old/x.part',
        'acme rename old/x.part old/x.csv',
        'acme rename old/x.csv new/x.csv',
        'acme rename new/x.csv new/z.csv',
        'boss remove new/z.csv',
        'removed',
      ],
    ]);
  });

  it('with who, when and from where', () => {
    const { files } = historyOf('/sftp-root/acme/data/old/x.csv', ...story);
    expect(files[0]?.events[2]?.note).toBe('with its folder /sftp-root/acme/data/old -> /sftp-root/acme/data/new');
    expect(files[0]?.fate).toMatchObject({
      state: 'removed',
      by: { user: 'boss', ip: '192.0.2.7', port: 50_000, at: at(30), host: 'files', session: story[0]?.id },
    });
  });

  it('but not by one that was only near', () => {
    expect(told('new/x.cs', ...story)).toEqual([['acme rename? old/x.cs new/x.cs', 'unproven new/x.cs']]);
    expect(told('x.csv', ...story)).toEqual([]);
    expect(told('older/x.part', ...story)).toEqual([]);
  });
});

describe('renames', () => {
  it('two names are swapped through a third', () => {
    const story = acme(
      upload(1, '/data/a'),
      upload(2, '/data/b', { bytesWritten: 9 }),
      rename(3, '/data/a', '/data/t'),
      rename(4, '/data/b', '/data/a'),
      rename(5, '/data/t', '/data/b'),
    );
    const a = ['acme upload a', 'acme rename a t', 'acme rename t b', 'exists b'];
    const b = ['acme upload b', 'acme rename b a', 'exists a'];
    expect(told('a', story)).toEqual([a, b]);
    expect(told('b', story)).toEqual([a, b]);
    expect(told('t', story)).toEqual([a]);
  });

  it('a folder is renamed, then its old path is used again', () => {
    const story = acme(
      mkdir(1, '/data/in'),
      upload(2, '/data/in/x'),
      rename(3, '/data/in', '/data/done'),
      mkdir(4, '/data/in'),
      upload(5, '/data/in/x'),
      remove(6, '/data/done/x'),
    );
    const first = ['acme upload in/x', 'acme rename in/x done/x', 'acme remove done/x', 'removed'];
    expect(told('done/x', story)).toEqual([first]);
    expect(told('in/x', story)).toEqual([first, ['acme upload in/x', 'exists in/x']]);
    expect(told('in', story)).toEqual([
      ['acme mkdir in', 'acme rename in done', 'exists done'],
      ['acme mkdir in', 'exists in'],
    ]);
  });

  it('one file replaces another, and both histories say so', () => {
    const story = acme(upload(1, '/data/x'), upload(2, '/data/x.part'), rename(3, '/data/x.part', '/data/x'));
    expect(told('x', story)).toEqual([
      ['acme upload x', 'acme rename x.part x', 'replaced'],
      ['acme upload x.part', 'acme rename x.part x', 'exists x'],
    ]);
    expect(historyOf('/sftp-root/acme/data/x', story).files[0]?.events[1]?.note).toBe(
      'replaced by /sftp-root/acme/data/x.part',
    );
    expect(told('x.part', story)).toHaveLength(1);
  });

  it('a name that served for many files brings only the one that is meant', () => {
    const uploads = Array.from({ length: 50 }, (_, index) => [
      upload(2 * index, '/data/tmp'),
      rename(2 * index + 1, '/data/tmp', `/data/f${index}`),
    ]).flat();
    expect(told('f7', acme(...uploads))).toEqual([['acme upload tmp', 'acme rename tmp f7', 'exists f7']]);
    expect(told('tmp', acme(...uploads))).toHaveLength(50);
  });

  it('what was there before the log began moves with its folder: possibly, until something shows that it was there', () => {
    const moved = acme(rename(1, '/data/a', '/data/b'));
    expect(told('a/x', moved)).toEqual([['acme rename? a/x b/x', 'unproven b/x']]);
    expect(told('a/x', moved, boss(remove(2, '/acme/data/b/x')))).toEqual([
      ['acme rename a/x b/x', 'boss remove b/x', 'removed'],
    ]);
    expect(told('a/x', moved, acme(upload(2, '/data/b/x')))).toEqual([
      ['acme rename? a/x b/x', 'acme upload? b/x', 'unproven b/x'],
    ]);
  });

  it('an empty folder is replaced by another', () => {
    const story = acme(
      mkdir(1, '/data/a'),
      mkdir(2, '/data/b'),
      upload(3, '/data/a/x'),
      rename(4, '/data/a', '/data/b'),
    );
    expect(told('b', story)).toEqual([
      ['acme mkdir a', 'acme rename a b', 'exists b'],
      ['acme mkdir b', 'acme rename a b', 'replaced'],
    ]);
    expect(told('b/x', story)).toEqual([['acme upload a/x', 'acme rename a/x b/x', 'exists b/x']]);
  });

  it('an administrator moves a file to another jail', () => {
    const story = [
      acme(upload(1, '/data/x')),
      boss(rename(2, '/acme/data/x', '/bob/data/x')),
      session('bob', remove(3, '/data/x')),
      acme(upload(4, '/data/x')),
    ];
    expect(told('x', ...story)).toEqual([
      ['acme upload x', 'boss rename x /sftp-root/bob/data/x', 'bob remove /sftp-root/bob/data/x', 'removed'],
      ['acme upload x', 'exists x'],
    ]);
  });
});

describe('hard links', () => {
  const story = [hardlink(2, '/data/a', '/data/b'), remove(3, '/data/a')];
  it('removing one of two names ends nothing', () => {
    const { files } = historyOf('/sftp-root/acme/data/a', acme(upload(1, '/data/a'), ...story));
    expect(files[0]?.events[2]?.note).toBe('still there as /sftp-root/acme/data/b');
    expect(told('a', acme(upload(1, '/data/a'), ...story))).toEqual([
      ['acme upload a', 'acme hardlink a b', 'acme remove a', 'exists b'],
    ]);
  });
  it('removing both does; and the second name tells what happened to the first', () => {
    expect(told('b', acme(upload(1, '/data/a'), ...story, remove(4, '/data/b')))).toEqual([
      ['acme upload a', 'acme hardlink a b', 'acme remove a', 'acme remove b', 'removed'],
    ]);
  });
  it('renaming one onto the other changes nothing', () => {
    const parts = [upload(0, '/data/z'), rename(1, '/data/z', '/data/a'), hardlink(2, '/data/a', '/data/b')];
    const more = [rename(3, '/data/a', '/data/b'), rename(4, '/data/a', '/data/p'), remove(5, '/data/b')];
    expect(told('p', acme(...parts, ...more))).toEqual([
      [
        ...['acme upload z', 'acme rename z a', 'acme hardlink a b', 'acme rename a b', 'acme rename a p'],
        ...['acme remove b', 'exists p'],
      ],
    ]);
  });
});

describe('one name, several lives', () => {
  it('removed and uploaded again', () => {
    const story = acme(upload(1, '/data/x'), remove(2, '/data/x'), upload(3, '/data/x'), upload(4, '/data/x'));
    expect(told('x', story)).toEqual([
      ['acme upload x', 'acme remove x', 'removed'],
      ['acme upload x', 'acme upload x', 'exists x'],
    ]);
  });
  it('what fails afterwards belongs to the one that was there last', () => {
    const failed = download(3, '/data/x', { status: 'failed', error: 'No such file' });
    expect(told('x', acme(upload(1, '/data/x'), remove(2, '/data/x'), failed))).toEqual([
      ['acme upload x', 'acme remove x', 'acme download failed x', 'removed'],
    ]);
  });
  it('a folder is removed, so what was in it had gone', () => {
    expect(told('d/x', acme(upload(1, '/data/d/x'), rmdir(2, '/data/d'), mkdir(3, '/data/d')))).toEqual([
      ['acme upload d/x', 'acme rmdir d/x', 'gone'].map((line) => line.replace('rmdir d/x', 'rmdir d')),
    ]);
  });
  it('a symlink is a thing of its own', () => {
    const story = acme(upload(1, '/data/x'), symlink(2, '/data/l', 'x'), remove(3, '/data/l'));
    expect(told('l', story)).toEqual([['acme symlink l x', 'acme remove l', 'removed']]);
    expect(told('x', story)).toEqual([['acme upload x', 'exists x']]);
  });
});

it('a copy on the server is told of both files, which stay two', () => {
  const story = acme(
    upload(1, '/data/x'),
    download(2, '/data/x', { copy: 'likely' }),
    upload(2, '/data/y', { copy: 'likely' }),
    remove(3, '/data/x'),
  );
  expect(told('x', story)).toEqual([['acme upload x', 'acme copy x y', 'acme remove x', 'removed']]);
  expect(told('y', story)).toEqual([['acme copy x y', 'exists y']]);
});

describe('what did not succeed', () => {
  it('is shown and moves nothing', () => {
    const failed = { status: 'failed', error: 'Permission denied' } as const;
    const story = acme(
      upload(1, '/data/x'),
      rename(2, '/data/x', '/data/y', failed),
      { ...remove(3, '/data/x'), ...failed },
      rename(4, '/data/z', '/data/x', failed),
    );
    expect(told('x', story)).toEqual([
      ['acme upload x', 'acme rename failed x y', 'acme remove failed x', 'acme rename failed z x', 'exists x'],
    ]);
    expect(told('y', story)).toEqual([['acme rename failed x y', 'unproven y']]);
  });

  it('an unknown removal makes it uncertain, and what comes then is shown both ways', () => {
    const story = acme(
      upload(1, '/data/x'),
      remove(2, '/data/x', undefined, { status: 'unknown' }),
      download(3, '/data/x'),
    );
    expect(told('x', story)).toEqual([
      ['acme upload x', 'acme remove? unknown x', 'acme download? x', 'uncertain x'],
      ['acme download x', 'exists x'],
    ]);
  });

  it('an unknown rename leaves it possible at both names', () => {
    const story = [upload(1, '/data/x'), rename(2, '/data/x', '/data/y', { status: 'unknown' })];
    expect(told('x', acme(...story))).toEqual([['acme upload x', 'acme rename? unknown x y', 'uncertain x y']]);
    expect(told('y', acme(...story), boss(remove(3, '/acme/data/y')))).toHaveLength(2);
    expect(told('x', acme(...story), boss(remove(3, '/acme/data/y'), remove(4, '/acme/data/x')))[0]).toEqual([
      'acme upload x',
      'acme rename? unknown x y',
      'boss remove? y',
      'boss remove? x',
      'removed possible',
    ]);
  });

  it('partial uploads did happen', () => {
    expect(told('x', acme(upload(1, '/data/x', { status: 'partial' })))).toEqual([
      ['acme upload partial x', 'exists x'],
    ]);
  });
});

describe('what cannot be read for certain', () => {
  it('a rename with two readings is possible for the names of both', () => {
    const readings = [
      { path: '/data/g', target: '/data/h" new "/data/i' },
      { path: '/data/g" new "/data/h', target: '/data/i' },
    ];
    const story = acme(upload(1, '/data/g'), upload(2, '/data/i'), { ...rename(3, '/data/g', ''), readings });
    expect(told('g', story)).toEqual([
      ['acme upload g', 'acme rename? g h" new "/data/i', 'uncertain g h" new "/sftp-root/acme'].map((line) =>
        line.startsWith('uncertain') ? expect.stringMatching(/^uncertain g h" new "/) : line,
      ),
    ]);
    expect(told('i', story)[0]?.slice(0, 2)).toEqual(['acme upload i', 'acme rename? g" new "/data/h i']);
  });

  it('a cut removal is possible for every name that begins so', () => {
    const cut = { ...remove(2, '/data/lo'), pathCut: true } as const;
    expect(told('long', acme(upload(1, '/data/long'), cut))).toEqual([
      ['acme upload long', 'acme remove? long', 'uncertain long'],
    ]);
    expect(told('other', acme(upload(1, '/data/other'), cut))).toEqual([['acme upload other', 'exists other']]);
  });

  it('a rename whose new name is cut can have made every name that begins so', () => {
    const cut = { ...rename(2, '/data/a', '/data/lon'), pathCut: true } as const;
    expect(told('long', acme(upload(1, '/data/a'), cut))[0]).toEqual([
      ...['acme upload a', 'acme rename? a long', 'uncertain a long'],
    ]);
  });

  it('names that are no UTF-8 and look alike are told apart by nobody', () => {
    const one = upload(1, '/data/\ufffd', { pathRaw: '/data/\\377' });
    const other = { ...remove(2, '/data/\ufffd'), pathRaw: '/data/\\376' };
    expect(told('\ufffd', acme(one))).toEqual([['acme upload \ufffd', 'exists \ufffd']]);
    expect(told('\ufffd', acme(one, other))[0]).toContain('acme remove? \ufffd');
  });

  it('a session whose user is not known is possible in every view', () => {
    expect(told('x', acme(upload(1, '/data/x')), session(null, remove(2, '/data/x')))).toEqual([
      ['acme upload x', ' remove? x', 'uncertain x'],
    ]);
    expect(told('x', acme(upload(1, '/data/x')), session(null, remove(2, '/acme/data/x')))[0]).toHaveLength(3);
  });

  it('an account that is gone is taken for an administrator where only one can have been', () => {
    expect(told('x', acme(upload(1, '/data/x')), session('former', remove(2, '/acme/data/x')))).toEqual([
      ['acme upload x', 'former remove? x', 'uncertain x'],
    ]);
  });
});

describe('paths and order', () => {
  it.each(['/data/./d//x', '/data/e/../d/x', 'd/x', '../data/d/x/', '/../../data/d/x'])('%s is /data/d/x', (path) =>
    expect(told('d/x', acme(upload(1, path)))).toHaveLength(1),
  );

  it('parallel sessions are put in order of time, whatever order they ended in', () => {
    const long = acme(upload(1, '/data/a'), rename(50, '/data/c', '/data/d'));
    const short = boss(rename(10, '/acme/data/a', '/acme/data/b'), rename(20, '/acme/data/b', '/acme/data/c'));
    const whole = ['acme upload a', 'boss rename a b', 'boss rename b c', 'acme rename c d', 'exists d'];
    for (const name of ['a', 'b', 'c', 'd']) {
      expect(told(name, long, short)).toEqual([whole]);
      expect(told(name, short, long)).toEqual([whole]);
    }
  });

  it('within a session and one second, as the session ranked them; between two, with a note', () => {
    const story = acme(upload(1, '/data/a'), rename(1, '/data/a', '/data/b'), upload(1, '/data/a'));
    expect(told('b', story)).toEqual([['acme upload a', 'acme rename a b', 'exists b']]);
    const { files } = historyOf('/sftp-root/acme/data/b', story, boss(remove(1, '/acme/data/b')));
    expect(files[0]?.events.at(-1)?.note).toContain('the order is not known');
  });

  it('a time that is not known is the last known one', () => {
    const unknown = upload(0, '/data/a', { opened: null, closed: null, status: 'unknown', bytesWritten: null });
    expect(told('a', acme(mkdir(5, '/data/d'), unknown), boss(remove(4, '/acme/data/a')))).toEqual([
      ['boss remove a', 'removed'],
      ['acme upload? unknown a', 'unproven a'],
    ]);
  });

  it('two hosts have two files', () => {
    const other = { ...acme(remove(2, '/data/x')), host: 'other' };
    const { files } = historyOf('/sftp-root/acme/data/x', acme(upload(1, '/data/x')), other);
    expect(files.map(({ host, fate }) => [host, fate.state])).toEqual([
      ['files', 'exists'],
      ['other', 'removed'],
    ]);
  });

  it('what a session left out is counted', () => {
    expect(historyOf('/sftp-root/acme/data/x', { ...acme(set(1, '/data/x')), omitted: 3 }).omitted).toBe(3);
  });
});
