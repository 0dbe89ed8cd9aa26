import fc from 'fast-check';
import { sessions, settings } from './arbitrary.ts';
import { writeLog } from './log.ts';

const log = fc
  .tuple(sessions({ most: 3, copies: true, endings: ['quit', 'drop', 'killed'] }), settings())
  .map(([truths, how]) => writeLog(truths, how).bytes);

/** Pieces of lines, put together in any order. */
const PIECES = [
  '2026-11-20T17:16:16.627150+00:00 sftp1 ',
  'Nov 20 17:16:16 sftp1 ',
  'Feb 30 25:61:61 sftp1 ',
  '9999-99-99T99:99:99.999999+99:99 sftp1 ',
  '<38>1 2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp 365 - -  ',
  '<38>1 - - - - - - ',
  '{"MESSAGE":[111,112],"SYSLOG_PID":365,"_PID":null,"__REALTIME_TIMESTAMP":"x"}',
  '{"MESSAGE":null,"SYSLOG_IDENTIFIER":"internal-sftp","SYSLOG_PID":"365","__REALTIME_TIMESTAMP":"1795195000000000"}',
  'internal-sftp[365]: ',
  'internal-sftp[99999999999999999999]: ',
  'sshd[364]: ',
  'sshd-session[]: ',
  'session opened for local user alice from [192.0.2.7]',
  'session closed for local user alice from [192.0.2.7]',
  'open "/data/x" flags READ mode 0666',
  'close "/data/x" bytes read 99999999999999999999999999 written 0',
  'set "/data/x" modtime 99999999-99:99:99',
  'set "/data/x" size 18446744073709551615',
  'message repeated 3 times: [ ',
  'Accepted publickey for ',
  'User child is on pid ',
  ' [postauth]',
  '\n',
  '\r\n',
  '\0',
  '\\',
  '"',
  ']',
];

const patchwork = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join('')));

const flipped = fc
  .tuple(log, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 20 }))
  .map(([bytes, changes]) => {
    const damaged = Buffer.from(bytes);
    for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
    return damaged;
  });

const spliced = fc
  .tuple(log, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 8 }))
  .map(([bytes, cuts]) =>
    Buffer.concat(
      cuts.map(([from, length]) => bytes.subarray(from % bytes.length, (from % bytes.length) + (length % 3000))),
    ),
  );

/** Logs that no logger wrote: random bytes, real lines with other bytes in them, cut anywhere and put together anew. */
export const damagedLog = (): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
    patchwork,
    flipped,
    spliced,
  );
