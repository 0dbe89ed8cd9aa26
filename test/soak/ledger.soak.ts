// Under a Node that has SQLite: node node_modules/vitest/vitest.mjs run --config test/soak/vitest.config.ts ledger
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { readLog } from '../../src/log/read.ts';
import { ImportCommand } from '../ledger/command.ts';
import { killAndRotate } from '../ledger/kill.ts';
import { describeLedgers } from '../ledger/ledgers.ts';
import { inLedger, ofSessions } from '../ledger/told.ts';
import { LogWriter } from '../watch/log-writer.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const MOST = 2 ** 31 - 1;

/** What sessions --json tells, added up by another program in another language. */
const SUM = `
import json, sys
sums = {}
for line in sys.stdin:
    session = json.loads(line)
    for t in session['transfers']:
        row = sums.setdefault(((t['closed'] or t['opened'])[:7], session['user']), [0, 0, 0, 0])
        row[0] += 1
        if 'copy' in t: row[3] += t['bytesWritten'] or 0
        elif t['exact']:
            row[1] += t['bytesWritten'] or 0
            row[2] += t['bytesRead'] or 0
for (month, user), row in sorted(sums.items()): print(json.dumps([month, user] + row, separators=(',', ':')))
`;

describeLedgers('a ledger', (ledgers) => {
  test('of 1,000,000 transfers says what sessions --json says, added up by another program', async () => {
    const folder = mkdtempSync(join(ledgers.folder, 'large.'));
    const log = join(folder, 'sftp.log');
    const run = (command: string, args: string[], input?: string) => {
      const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: MOST });
      expect([status, stderr]).toEqual([0, expect.any(String)]);
      return stdout;
    };
    run(process.execPath, [join(REPOSITORY, 'test/bench/sftp-log.js'), '--bytes', '740M', log]);
    const database = ledgers.create();
    const config = join(folder, 'config.yaml');
    writeFileSync(config, `ledger: { database: "${database}" }\nbilling: { timezone: UTC }\n`);
    const cli = [join(REPOSITORY, 'bin/sftpjail.js')];
    console.log(run(process.execPath, [...cli, 'ledger', 'import', '--json', '--config', config, log]));
    // As bytes: it is longer than a string may be.
    const script = `"$0" "$1" sessions --json "$2" | python3 -c "$3"`;
    const summed = run('sh', ['-c', script, process.execPath, ...cli, log, SUM]);
    const ledger = await ledgers.open(database);
    const { rows } = await sql<Record<string, unknown>>`SELECT month, user_name, transfers, bytes_in, bytes_out,
      bytes_copied FROM usage_by_user_month ORDER BY month, user_name`.execute(ledger.db);
    await ledger.close();
    expect(rows.map((row) => JSON.stringify(Object.values(row)))).toEqual(summed.trim().split('\n'));
    expect(rows.reduce((sum, { transfers }) => sum + Number(transfers), 0)).toBeGreaterThanOrEqual(1_000_000);
    const words = ['ledger', 'report', '--by', 'month,user', '--format', 'json', '--config', config];
    const report = JSON.parse(run(process.execPath, [...cli, ...words])) as { rows: Record<string, unknown>[] };
    const told = report.rows.map(({ month, user, transfers, bytesIn, bytesOut, bytesCopied }) =>
      JSON.stringify([month, user, transfers, bytesIn, bytesOut, bytesCopied]),
    );
    expect(told.sort()).toEqual(summed.trim().split('\n').sort());
  });

  test('through 200 kills and 20 rotations is what one undisturbed import makes it', async () => {
    const writer = new LogWriter(join(mkdtempSync(join(ledgers.folder, 'log.')), 'sftp.log'));
    writeFileSync(writer.path, '');
    const database = ledgers.create();
    const command = new ImportCommand(ledgers.folder, writer.path, database);
    await killAndRotate(writer, command, { kills: 200, rotations: 20, sessions: 20, files: 40 });
    expect(command.run().status).toBe(0);
    const ledger = await ledgers.open(database);
    const ended = readLog(Buffer.from(writer.text)).sessions;
    const held = await inLedger(ledger);
    expect([ended.length, held.length]).toEqual([4000, 4000]);
    expect(held.join('\n') === ofSessions(ended).join('\n')).toBe(true);
    await ledger.close();
  });
});
