import type { Context } from '../context.ts';
import { OperatorError, wrongUsage } from '../errors.ts';
import { parseHead } from '../ledger/chain.ts';
import { withLedger } from '../ledger/open.ts';
import { ofOneMoment } from '../ledger/snapshot.ts';
import { type NotedHead, verifyLedger } from '../ledger/verify.ts';
import { describeVerdict, describeWrong, verdictForPrograms } from '../ui/ledger-verdict.ts';

interface VerifyOptions {
  head?: readonly string[];
}

/** Whether every row is as it was when it entered the ledger. */
export async function ledgerVerify({ config, options, say }: Context, { head = [] }: VerifyOptions): Promise<void> {
  const typed = head.map(parseNoted);
  await withLedger(config, { readOnly: true }, async (ledger) => {
    const verdicts = await ofOneMoment(ledger, async (db) => {
      const hosts = await db.selectFrom('hosts').select('name').orderBy('id').execute();
      return verifyLedger(
        db,
        typed.map((noted) => ({ ...noted, host: noted.host ?? onlyOne(hosts.map(({ name }) => name)) })),
      );
    });
    if (options.json) say.result(JSON.stringify({ hosts: verdicts.map(verdictForPrograms) }));
    else for (const verdict of verdicts) for (const line of describeVerdict(verdict)) say.result(line);
    const wrong = verdicts.find((verdict) => verdict.wrong !== null);
    if (wrong)
      throw new OperatorError(
        'differs',
        `the ledger is not as it was written: ${describeWrong(wrong)}`,
        'sftpjail ledger reconcile tells what the logs say instead',
      );
  });
}

/** `[HOST:]N:HASH` */
function parseNoted(text: string): Omit<NotedHead, 'host'> & { host: string | null } {
  const [, host = null, rest = ''] = /^(?:([^:]+):)?(\d+:[^:]*)$/.exec(text) ?? [];
  const head = parseHead(rest);
  if (head === null)
    throw wrongUsage(
      `${JSON.stringify(text)} is no head of a chain`,
      'use it as it was printed: N:HASH, or HOST:N:HASH where the ledger has several hosts',
    );
  return { ...head, host };
}

function onlyOne(hosts: readonly string[]): string {
  const [host] = hosts;
  if (host === undefined || hosts.length > 1)
    throw wrongUsage('a head does not say of which host it is', `use HOST:N:HASH; there are ${hosts.join(', ')}`);
  return host;
}
