import { closeSync, openSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isErrno } from '../../../src/errors.ts';
import { openLog } from './log-file.ts';
import { seeded } from './random.ts';
import { onlyOpenAndClose, ordinaryRequests } from './requests.ts';
import { allOpen, interleave, oneSession } from './traffic.ts';

/** A whole number; k, M and G stand for thousands, millions and milliards. */
function parseCount(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([kMG]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`"${text}" is no number`);
  return Number(digits) * 1000 ** ['', 'k', 'M', 'G'].indexOf(unit);
}

/** See sftp-log.js. */
function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bytes: { type: 'string', default: '500M' },
      seed: { type: 'string', default: '1' },
      sessions: { type: 'string', default: '24' },
      'open-close-only': { type: 'boolean', default: false },
      'one-session': { type: 'boolean', default: false },
      open: { type: 'string' },
    },
  });
  const random = seeded(parseCount(values.seed));
  // Opened anew, because Node makes its own stdout one that does not wait for a slow reader.
  const fd = positionals[0] === undefined ? openSync('/dev/stdout', 'a') : openSync(positionals[0], 'w');
  const log = openLog(fd, random);
  const traffic = { log, random, requests: values['open-close-only'] ? onlyOpenAndClose : ordinaryRequests };
  const bytes = parseCount(values.bytes);
  if (values.open !== undefined) allOpen(traffic, parseCount(values.open));
  else if (values['one-session']) oneSession(traffic, bytes);
  else interleave(traffic, parseCount(values.sessions), bytes);
  log.close();
  closeSync(fd);
}

try {
  main();
} catch (error) {
  // Who reads has read enough.
  if (!isErrno(error, 'EPIPE')) throw error;
}
