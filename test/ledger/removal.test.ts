import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { logOf, sessionsFrom } from './customers-log.ts';
import { describeLedgers } from './ledgers.ts';

const CLI = resolve(import.meta.dirname, '../../bin/sftpjail.js');

/** What is over for more than ten years, and what is not. */
const OLD = logOf(sessionsFrom('2014-01-01T00:00:00Z', 100, ['acme', 'globex'], 4));
const YOUNG = logOf(sessionsFrom('2026-10-01T00:00:00Z', 200, ['acme', 'globex'], 6));

describeLedgers('what is in the ledger', (ledgers) => {
  let folder: string;
  const file = (name: string) => join(folder, name);

  /** A ledger of its own, and the commands that use it. */
  function ledger() {
    const config = join(mkdtempSync(join(folder, 'config.')), 'config.yaml');
    const database = ledgers.create();
    writeFileSync(config, `ledger:\n  database: ${database}\n`);
    const typed = (...words: string[]) =>
      spawnSync(process.execPath, [CLI, 'ledger', ...words, '--config', config], { encoding: 'utf8' });
    /** @returns what it prints */
    const told = (...words: string[]) => {
      const { status, stdout, stderr } = typed(...words);
      if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stdout}${stderr}`);
      return stdout;
    };
    return { database, typed, told };
  }

  beforeAll(() => {
    folder = mkdtempSync(join(ledgers.folder, 'removal.'));
    writeFileSync(file('old.gz'), gzipSync(OLD));
    writeFileSync(file('young'), YOUNG);
  });

  test('is compared with the logs, pruned, erased, exported and restored', () => {
    const { database, typed, told } = ledger();
    expect(typed('verify')).toMatchObject({ status: 4, stderr: expect.stringContaining('there is no ledger yet') });
    told('import', file('old.gz'));
    told('import', file('young'));

    expect(told('reconcile', file('old.gz'), file('young'))).toBe('10 sessions compared, 0 differing\n');
    writeFileSync(file('other'), YOUNG.replace('written 1202', 'written 9999').replace(/^.*\[203\].*\n/gm, ''));
    const differing = typed('reconcile', '--json', file('other'));
    expect(differing.status).toBe(3);
    expect(JSON.parse(differing.stdout)).toMatchObject({
      compared: 5,
      differences: [
        {
          user: 'acme',
          kind: 'differs',
          details: [
            'bytes_in: 9999 in the log, 1202 in the ledger',
            'transfer 1, bytes_written: 9999 in the log, 1202 in the ledger',
          ],
        },
        { user: 'globex', kind: 'extra' },
      ],
    });
    const missing = typed(
      'reconcile',
      file('young'),
      '--since',
      '2026-10-01',
      '--until',
      '2026-10-01',
      '--user',
      'nobody',
    );
    expect(missing).toMatchObject({ status: 0, stdout: '0 sessions compared, 0 differing\n' });

    const head = JSON.parse(told('verify', '--json')).hosts.find(({ host }: { host: string }) => host === 'sftp1').head;
    const noted = `sftp1:${head.position}:${head.hash}`;
    expect(told('verify', '--head', noted, '--head', `${head.position}:${head.hash}`)).toMatch(
      /^sftp1: 10 entries hold\n/,
    );
    expect(typed('verify', '--head', `sftp1:11:${head.hash}`)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('sftp1, entry 11 is missing, and so is all up to entry 11'),
    });
    expect(typed('verify', '--head', '11')).toMatchObject({ status: 2 });

    // Nobody can be asked, so nothing goes.
    const refused = typed('prune', '--older-than', '10y', '--erase-user', 'globex');
    expect(refused).toMatchObject({ status: 4, stdout: '' });
    expect(refused.stderr).toContain('4 sessions, 4 transfers, 4406 bytes in, 0 bytes out');
    const dry = JSON.parse(told('prune', '--older-than', '10y', '--erase-user', 'globex', '--dry-run', '--json'));
    expect(dry).toMatchObject({ changed: false, erased: { pseudonym: 'erased:1', sessions: 5 } });
    expect(told('reconcile', file('old.gz'), file('young'))).toBe('10 sessions compared, 0 differing\n');
    for (const wrong of [['--older-than', '0y'], ['--older-than', '10'], []])
      expect(typed('prune', ...wrong).status).toBe(2);

    const done = JSON.parse(told('prune', '--older-than', '10y', '--erase-user', 'globex', '--yes', '--json'));
    expect(done).toMatchObject({ changed: true, pruned: [{ host: 'sftp1', sums: { sessions: 4 }, position: 4 }] });
    expect(done.erased).toMatchObject({ pseudonym: 'erased:1', sessions: 3 });
    expect(JSON.parse(told('prune', '--older-than', '10y', '--yes', '--json')).changed).toBe(false);
    const after = told('verify', '--head', noted);
    expect(after).toMatch(/^sftp1: 8 entries hold\n {2}head 12:[\da-f]{64}\n/);
    expect(after).toContain('what was over before 2016-');
    expect(after).toContain('erased:1: what is personal in 3 sessions was erased on');
    // Neither comes back with its log, and neither is missed.
    told('import', file('old.gz'));
    told('import', file('young'));
    expect(told('reconcile', file('old.gz'), file('young'))).toBe(
      '6 sessions compared, 0 differing; 3 sessions without what was erased of it; 4 sessions pruned\n',
    );
    if (ledgers.postgres === null)
      for (const part of ['', '-wal'].map((end) => database + end).filter((path) => existsSync(path)))
        expect(readFileSync(part).includes('globex')).toBe(false);

    told('export', file('out.jsonl.gz'));
    const text = told('export');
    expect(gunzipSync(readFileSync(file('out.jsonl.gz'))).toString()).toBe(text);
    expect((statSync(file('out.jsonl.gz')).mode & 0o777).toString(8)).toBe('600');
    const other = ledger();
    other.told('restore', file('out.jsonl.gz'));
    expect(other.told('export')).toBe(text);
    expect(other.told('verify')).toBe(after);
    expect(other.typed('restore', file('out.jsonl.gz'))).toMatchObject({ status: 4 });
    // What comes next goes on behind what was restored.
    writeFileSync(file('next'), logOf(sessionsFrom('2026-11-01T00:00:00Z', 300, ['acme'], 2)));
    other.told('import', file('next'));
    expect(other.told('verify', '--head', after.match(/\d+:[\da-f]{64}/)?.[0] as string)).toMatch(
      /^sftp1: 10 entries hold/,
    );
  });

  test('is not restored from what was changed or cut off', () => {
    const { told } = ledger();
    told('import', file('young'));
    const text = told('export');
    const empty = ledger();
    const lines = text.trimEnd().split('\n');
    const bad: [string, string, string][] = [
      ['cut', lines.slice(0, -1).join('\n'), 'the export ends here, before its end'],
      ['torn', text.slice(0, text.length / 2), 'it is no JSON'],
      [
        'less',
        lines.filter((line) => !line.includes('"path":"/data/acme-200.bin"')).join('\n'),
        '5 rows of transfers came',
      ],
      ['forged', text.replace('"bytes_written":1200', '"bytes_written":1'), 'sftp1, entry 1 (session'],
      ['other', text.replace('"0001-first"', '"9999-last"'), 'exported by another version'],
      ['log', YOUNG, 'it is no JSON'],
      ['empty', '', 'before its end'],
      ['twice', `${text}${text}`, 'something follows the end'],
    ];
    for (const [name, content, reason] of bad) {
      writeFileSync(file(name), content);
      const { status, stderr } = empty.typed('restore', file(name));
      expect({ name, status, stderr }).toMatchObject({ name, status: 4, stderr: expect.stringContaining(reason) });
    }
    writeFileSync(file('right'), text);
    empty.told('restore', file('right'));
    expect(empty.told('export')).toBe(text);
  });

  test('cannot be written where there is no room, and leaves nothing there', () => {
    const { typed, told } = ledger();
    told('import', file('young'));
    expect(typed('export', '/dev/full/x')).toMatchObject({ status: 4 });
    expect(typed('export', join(folder, 'nowhere/out'))).toMatchObject({ status: 4 });
  });
});
