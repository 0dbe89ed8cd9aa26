import { missingDriver } from '../ledger/driver.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export const ledger = checkOf<string | null>({
  name: 'ledger',
  about: 'the driver of the database is there that the ledger is to be in',
  look: ({ config }) => (config.ledger.enabled ? missingDriver(config.ledger.database) : null),
  judge: (command) => judgeDriver(command),
});

/** @param command what installs it, null where nothing has to be */
export const judgeDriver = (command: string | null): Verdict[] =>
  command === null
    ? []
    : [
        {
          severity: 'error',
          what: 'the driver of the ledger is not installed',
          why: 'nothing is imported; what is in the logs waits there as long as they are kept',
          remedy: [command],
        },
      ];
