import type { Context } from '../context.ts';
import { OperatorError, wrongUsage } from '../errors.ts';
import { type Head, parseHead } from '../ledger/chain.ts';
import { withLedger } from '../ledger/open.ts';
import type { LedgerDb } from '../ledger/schema.ts';
import { ofOneMoment } from '../ledger/snapshot.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { describeFindings, describeVerdict, verdictForPrograms } from '../ui/ledger-verdict.ts';

interface VerifyOptions {
  head?: readonly string[];
}

/** Whether every row is as it was when it entered the ledger. */
export async function ledgerVerify({ config, options, say }: Context, { head = [] }: VerifyOptions): Promise<void> {
  const typed = head.map(parseNoted);
  const findings = await withLedger(config, { readOnly: true }, (ledger) =>
    ofOneMoment(ledger, async (db) => {
      const only = typed.some(({ host }) => host === null) ? await onlyHost(db) : '';
      return verifyLedger(
        db,
        typed.map((head) => ({ ...head, host: head.host ?? only, by: 'the head that was given' })),
      );
    }),
  );
  const { hosts, stray } = findings;
  if (options.json) say.result(JSON.stringify({ hosts: hosts.map(verdictForPrograms), stray }));
  else for (const line of hosts.flatMap(describeVerdict)) say.result(line);
  const what = describeFindings(findings);
  if (what === null) return;
  throw new OperatorError(
    'differs',
    `the ledger is not as it was written: ${what}`,
    'sftpjail ledger reconcile tells what the logs say instead',
  );
}

/** `[HOST:]N:HASH` */
function parseNoted(text: string): Head & { host: string | null } {
  const [, host = null, rest = ''] = /^(?:([^:]+):)?(\d+:[^:]*)$/.exec(text) ?? [];
  const head = parseHead(rest);
  if (head === null)
    throw wrongUsage(
      `${JSON.stringify(text)} is no head of a chain`,
      'use it as it was printed: N:HASH, or HOST:N:HASH where the ledger has several hosts',
    );
  return { ...head, host };
}

/** Where one host alone has a chain, a head is of that. */
async function onlyHost(db: LedgerDb): Promise<string> {
  const rows = await db
    .selectFrom('hosts')
    .innerJoin('chain', 'chain.host_id', 'hosts.id')
    .select('hosts.name')
    .distinct()
    .orderBy('hosts.name')
    .execute();
  const [row] = rows;
  if (row === undefined || rows.length > 1)
    throw wrongUsage(
      'a head does not say of which host it is',
      `use HOST:N:HASH, of ${rows.map(({ name }) => name).join(', ') || 'the host that it was noted on'}`,
    );
  return row.name;
}
