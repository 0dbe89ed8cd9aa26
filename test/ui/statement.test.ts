import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import { makeStatement, type StatementRows } from '../../src/ledger/statement.ts';
import { termsOf } from '../../src/ledger/terms.ts';
import { parseMonth, parseTimeZone } from '../../src/spec.ts';
import { pageText } from '../../src/ui/page.ts';
import { statementCsv } from '../../src/ui/statement-csv.ts';
import { statementPage } from '../../src/ui/statement-page.ts';
import { micros, snapshot, transfer } from '../ledger/billed.ts';

const terms = termsOf({ ...DEFAULT_CONFIG.billing, timezone: parseTimeZone('Europe/Berlin') }, 'acme');
const make = (rows: Partial<StatementRows>, month = '2026-10') =>
  makeStatement(
    { user: 'acme', month: parseMonth(month), terms },
    { transfers: [], uncounted: [], snapshots: [], finals: [], heads: [], ...rows },
  );

describe('a statement', () => {
  it('is CSV of one row for everything, in which no name is a formula and a minus is one', () => {
    const october = { ...make({ transfers: [transfer({ bytesWritten: 5 })] }), number: '2026-0001' };
    const rates = { ...october.terms.tariff, upload: { included: 0, rate: '1000000000' as never } };
    const final = { ...october, terms: { ...october.terms, tariff: rates } };
    const lines = statementCsv(
      make(
        {
          transfers: [transfer({ path: '=HYPERLINK("http://x")', at: micros('2026-11-15T12:00:00.5Z') + 7 })],
          uncounted: [{ host: 'sftp1', session: 'a', count: 2, bytesIn: 1, bytesOut: 2, exact: false }],
          snapshots: [snapshot('2026-11-30', 7)],
          finals: [{ statement: final, now: make({}).figures }],
          heads: [{ host: 'sftp1', count: 12, hash: 'ab' }],
        },
        '2026-11',
      ),
    );
    expect(lines[0]).toBe(
      'statement,account,month,kind,item,billed,bytes_in,bytes_out,bytes,included,over,rate,per,amount,currency,time,host,session,n,direction,status,path,path_cut\r',
    );
    const own = ',acme,2026-11';
    expect(lines.slice(1)).toEqual(
      [
        'base,,,,,,,,,,0.00,EUR,,,,,,,,',
        'line,upload,,,,1000,0,1000,0,GB,0.00,EUR,,,,,,,,',
        'line,download,,,,0,0,0,0,GB,0.00,EUR,,,,,,,,',
        'line,volume,,,,1000,0,1000,0,GB,0.00,EUR,,,,,,,,',
        'line,storage,,,,7,0,7,0,GB,0.00,EUR,,,,,,,,',
        'correction,2026-0001,,-5,0,,,,,,-5.00,EUR,2026-10,,,,,,,',
        'total,,,,,,,,,,-5.00,EUR,,,,,,,,',
        'storage,peak,,,,7,,,,,,,,,,,,,,',
        'storage,mean,,,,7,,,,,,,,,,,,,,',
        'not-measured,2026-11-01 to 2026-11-29,,,,,,,,,,,,,,,,,,',
        'snapshot,walk,,,,7,,,,,,,2026-11-30,sftp1,,,,,,',
        'chain,ab,,,,,,,,,,,,sftp1,,12,,,,',
        `transfer,billed,true,1000,0,,,,,,,,2026-11-15T12:00:00.500007Z,sftp1,0123456789abcdef,1,upload,completed,"'=HYPERLINK(""http://x"")",false`,
        'uncounted,,false,1,2,,,,,,,,,sftp1,a,2,,,,',
      ].map((row) => `${own},${row}\r`),
    );
  });

  it('tells times by the clocks of its zone, and its month in UTC', () => {
    const text = pageText(
      statementPage(make({ transfers: [transfer({ at: micros('2026-10-25T00:30:00Z') }), transfer({ n: 2 })] })),
    );
    expect(text).toMatch(
      /^Month {5}2026-10 in Europe\/Berlin\nFrom {6}2026-09-30T22:00:00Z\nUntil {5}2026-10-31T23:00:00Z$/m,
    );
    expect(text).toMatch(/^2026-10-25 02:30:00 {2}sftp1 /m);
    expect(text).not.toMatch(/Corrections|Copied on the server, not/);
  });
});
