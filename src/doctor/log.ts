import { OperatorError } from '../errors.ts';
import { log as logKind } from '../host/log.ts';
import type { States } from '../plan/change.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';

export interface SeenLog {
  at: string;
  found: States['log'] | null;
  wanted: States['log'];
  refusal: OperatorError | null;
}

export const log = checkOf<SeenLog>({
  name: 'log',
  about: 'rsyslogd can write the log, and nobody else can read it but those who should',
  async look({ host, config, facts }) {
    const { owner, group } = (await facts()).rsyslog;
    const seen = { at: config.log.file, wanted: { owner, group, mode: '0640' } };
    try {
      return { ...seen, found: logKind.read(host, seen.at, null) as States['log'] | null, refusal: null };
    } catch (error) {
      if (error instanceof OperatorError) return { ...seen, found: null, refusal: error };
      throw error;
    }
  },
  judge: judgeLog,
});

export function judgeLog({ at, found, wanted, refusal }: SeenLog): Verdict[] {
  const why = 'rsyslogd cannot write it, or people can read who moved what';
  if (refusal) return [{ severity: 'error', what: refusal.message, why, advice: refusal.hint ?? null }];
  if (found === null)
    return [
      {
        severity: 'error',
        what: `the log ${at} is missing`,
        why: 'it was removed: what it held is lost, and rsyslogd may still write to the removed file',
        ...MENDED_BY_INIT,
      },
    ];
  const { owner, group, mode } = found;
  if (owner === wanted.owner && group === wanted.group && mode === wanted.mode) return [];
  return [
    {
      severity: 'error',
      what: `${at} is ${owner}:${group} ${mode}, not ${wanted.owner}:${wanted.group} ${wanted.mode}`,
      why,
      ...MENDED_BY_INIT,
    },
  ];
}
