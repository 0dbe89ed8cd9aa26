import { CONFIG_PATH } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { lstatOrNull } from '../host/read.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';
import { modeText, type Rights } from './seen-jails.ts';

export interface SeenConfiguration {
  file: Rights | null;
  /** What every command that changes this host would be refused with. */
  refusals: readonly OperatorError[];
}

export const configuration = checkOf<SeenConfiguration>({
  name: 'configuration',
  about: "the configuration is root's alone, and fits the accounts that there are",
  async look({ host, facts, refusals, needsRoot }) {
    needsRoot('all that it has to fit');
    const found = [...refusals()];
    try {
      await facts();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      found.push(error);
    }
    return { file: lstatOrNull(host.path(CONFIG_PATH)), refusals: found };
  },
  judge: judgeConfiguration,
});

export function judgeConfiguration({ file, refusals }: SeenConfiguration): Verdict[] {
  const isOpen = file !== null && (file.uid !== 0 || (file.mode & 0o022) !== 0);
  return [
    ...(isOpen
      ? [
          {
            ...{
              severity: 'error',
              what: `${CONFIG_PATH} can be changed by others than root (uid ${file.uid}, mode ${modeText(file)})`,
            },
            why: 'root follows it: whoever can write it says where jails stand and what is logged',
            remedy: [`chown root: ${CONFIG_PATH}; chmod go-w ${CONFIG_PATH}`],
          } satisfies Verdict,
        ]
      : []),
    ...refusals.map(
      ({ message, hint }): Verdict => ({
        ...{ severity: 'error', what: message, why: 'no command of ours changes this host until that is settled' },
        advice: hint ?? null,
      }),
    ),
  ];
}
