import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readLog } from '../../src/log/read.ts';
import { LogWriter } from '../watch/log-writer.ts';
import { ImportCommand } from './command.ts';
import { killAndRotate } from './kill.ts';
import { describeLedgers } from './ledgers.ts';
import { inLedger, ofSessions } from './told.ts';

const ended = (text: string) => ofSessions(readLog(Buffer.from(text)).sessions.filter(({ end }) => end !== 'open'));

describeLedgers('ledger import', (ledgers) => {
  function written(sessions: number, files: number): LogWriter {
    const writer = new LogWriter(join(mkdtempSync(join(ledgers.folder, 'log.')), 'sftp.log'));
    for (let session = 0; session < sessions; session++) writer.session(files);
    for (let step = 0; !writer.isOver; step++) writer.go((step * 0.37) % 1);
    return writer;
  }
  const held = async (database: string) => {
    const ledger = await ledgers.open(database);
    return inLedger(ledger).finally(() => ledger.close());
  };

  test('several at once are as one', async () => {
    const writer = written(60, 40);
    const database = ledgers.create();
    const command = new ImportCommand(ledgers.folder, writer.path, database);
    const all = await Promise.all([1, 2, 3].map(() => command.start()));
    expect(all.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(await held(database)).toEqual(ended(writer.text));
    expect(command.run('--json')).toMatchObject({ status: 0, stderr: '' });
  });

  test('killed at any moment, while the log is rotated and compressed, it costs nothing and doubles nothing', async () => {
    const writer = written(0, 0);
    const database = ledgers.create();
    const command = new ImportCommand(ledgers.folder, writer.path, database);
    await killAndRotate(writer, command, { kills: 10, rotations: 3, sessions: 12, files: 40 });
    expect(command.run().status).toBe(0);
    expect(await held(database)).toEqual(ended(writer.text));
  });

  test('what stands in its way is said, and nothing is lost', async () => {
    const writer = written(150, 60);
    if (ledgers.postgres === null) {
      const folder = join(ledgers.folder, 'small');
      mkdirSync(folder, { mode: 0o700 });
      const database = join(folder, 'ledger.db');
      const command = new ImportCommand(ledgers.folder, writer.path, database);
      const mount = (...args: string[]) => expect(spawnSync('mount', args).status).toBe(0);
      mount('-t', 'tmpfs', '-o', 'size=600k,mode=700', 'tmpfs', folder);
      try {
        expect(command.run()).toMatchObject({
          status: 4,
          stderr: `sftpjail: error: the ledger in ${database}: database or disk is full\nsftpjail: hint: df -h ${folder}\n`,
        });
        mount('-o', 'remount,size=100m', folder);
        expect(command.run().status).toBe(0);
        expect(await held(database)).toEqual(ended(writer.text));
      } finally {
        spawnSync('umount', [folder]);
      }
      return;
    }
    const { postgres } = ledgers;
    const database = ledgers.create();
    const command = new ImportCommand(ledgers.folder, writer.path, database);
    await postgres.stop();
    const off = command.run();
    expect([off.status, off.stderr]).toEqual([
      4,
      expect.stringMatching(
        /^sftpjail: error: the ledger in \S+: connect ECONNREFUSED \S+\nsftpjail: hint: see whether the PostgreSQL server runs; what is in the logs waits there\n$/,
      ),
    ]);
    await postgres.start();
    const ours = `FROM pg_stat_activity WHERE application_name = 'sftpjail' AND query LIKE 'COPY%'`;
    const cut = await command.start(async () => {
      for (const end = Date.now() + 60_000; Date.now() < end; await sleep(1))
        if (postgres.sql(`SELECT pg_terminate_backend(pid) ${ours}`, basename(database)) !== '') return;
    });
    expect([cut.status, cut.stderr]).toEqual([
      4,
      expect.stringMatching(/^sftpjail: error: the ledger in \S+: .*\nsftpjail: hint: see /),
    ]);
    expect(command.run().status).toBe(0);
    expect(await held(database)).toEqual(ended(writer.text));
  });

  test('without its driver it says what to install, and everything else works', () => {
    const own = join(ledgers.folder, 'installed');
    const repository = resolve(import.meta.dirname, '../..');
    for (const name of ['bin', 'dist', 'package.json', 'templates'])
      cpSync(join(repository, name), join(own, name), { recursive: true });
    const [log, config, before] = ['sftp.log', 'config.yaml', 'before.cjs'].map((name) => join(own, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(log, written(1, 1).text);
    writeFileSync(config, `ledger:\n  database: ${ledgers.create()}\n`);
    // As Node was before 22.5.
    writeFileSync(before, 'process.getBuiltinModule = undefined;\n');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['-r', before, join(own, 'bin/sftpjail.js'), ...args, '--config', config], {
        encoding: 'utf8',
      });
    const [name, version] = ledgers.postgres === null ? ['better-sqlite3', '12.11.1'] : ['pg', '8.23.1'];
    expect(run('ledger', 'import', log)).toMatchObject({
      status: 4,
      stderr: `sftpjail: error: the ledger needs ${name}, which is not installed\nsftpjail: hint: npm install --global ${name}@${version}\n`,
    });
    expect(run('sessions', '--json', log)).toMatchObject({ status: 0, stderr: '' });
  });

  test('the database is its owner’s alone', async () => {
    if (ledgers.postgres !== null) return;
    const database = ledgers.create();
    await (await ledgers.open(database)).close();
    expect((statSync(database).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(database).toString('latin1', 0, 15)).toBe('SQLite format 3');
  });
});
