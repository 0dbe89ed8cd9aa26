import { ACTIONS, ERRORS } from './change-rows.ts';
import { FIELDS, type FieldKind, Pattern, type Piece, placeOf } from './pattern.ts';
import { PROVES_AT_VERBOSE } from './requests.ts';
import * as kinds from './scanner/kinds.ts';
import { MESSAGES, PLACES, RANGE_SIZE, RANGES } from './scanner/layout.ts';
import type { ChangeAction } from './session.ts';
import { SFTP_MESSAGES, type SftpKind, type SftpMessage } from './sftp-messages.ts';
import { FREQUENT_NOISE } from './sshd-messages.ts';

/** The messages that the scanner follows; what else is said is left to who reads line by line. */
const FOLLOWED: Partial<Record<SftpKind, number>> = {
  ...{ asked: kinds.ASKED, version: kinds.ASKED, status: kinds.STATUS, open: kinds.OPEN, close: kinds.CLOSE },
  ...{ remove: kinds.CHANGE, rmdir: kinds.CHANGE, mkdir: kinds.CHANGE, rename: kinds.CHANGE },
  ...{ hardlink: kinds.CHANGE, symlink: kinds.CHANGE, setMode: kinds.SET, setTime: kinds.SET },
  ...{ opened: kinds.BEGIN, closed: kinds.FINISH },
};

const piecesOf = ({ back }: Pattern): Piece[] => back.filter(({ literal, field }) => literal.length > 0 || field >= 0);

function codeOf({ kind, status }: SftpMessage): number {
  if (kind === 'status') {
    const isEmpty = status === 'Success' || status === 'End of file';
    return (
      (ERRORS.indexOf(status) << kinds.ERROR_BITS) +
      (isEmpty ? kinds.IS_EMPTY : 0) +
      (PROVES_AT_VERBOSE.has(status) ? kinds.IS_PROOF : 0)
    );
  }
  if (kind === 'setMode') return kinds.MODE;
  if (kind === 'setTime') return kinds.TIME;
  return Math.max(0, ACTIONS.indexOf(kind as ChangeAction));
}

interface Row {
  kind: number;
  code: number;
  isVerbose: boolean;
  pattern: Pattern;
}

/** Of fields without a name between them the scanner reads but one. */
const canRead = ({ free, front }: Pattern): boolean => free >= 0 || front.filter(({ field }) => field >= 0).length <= 1;

const ROWS: readonly Row[] = [
  ...SFTP_MESSAGES.flatMap((message): Row[] => {
    const kind = FOLLOWED[message.kind];
    const { pattern } = message;
    if (kind === undefined || !canRead(pattern)) return [];
    return [{ kind, code: codeOf(message), isVerbose: message.level === 'VERBOSE', pattern }];
  }),
  ...FREQUENT_NOISE.map((text) => ({ kind: kinds.NOISE, code: 0, isVerbose: false, pattern: new Pattern(text) })),
];

/** Writes the table of messages into the memory of a scanner. */
export function writeTables(memory: ArrayBufferLike): void {
  const bytes = Buffer.from(memory);
  const fields = Object.keys(FIELDS) as FieldKind[];
  // What is no field is 0.
  const kindOf = (field: FieldKind): number => fields.indexOf(field) + 1;
  for (const field of fields) bytes.set(rangeOf(field), RANGES + RANGE_SIZE * kindOf(field));
  let next = MESSAGES;
  const put = (...numbers: number[]): number => {
    const place = next;
    for (const number of numbers) next = bytes.writeInt32LE(number, next);
    return place;
  };
  const word = (text: Buffer): number => {
    const place = next;
    text.copy(bytes, next);
    next += Math.ceil(text.length / 8) * 8;
    return place;
  };
  // Of those that begin alike the first shall be tried first, so that it is put last.
  for (const { kind, code, isVerbose, pattern } of ROWS.toReversed()) {
    const { lead, free, front } = pattern;
    const pieces = piecesOf(pattern);
    const words = pieces.map(({ literal }) => word(literal.bytes));
    const leadWord = word(lead.bytes);
    const place = PLACES + 4 * placeOf(lead.bytes.readInt32LE(0));
    const [first] = front;
    const field = free < 0 && first && first.field >= 0 ? kindOf(first.kind) : 0;
    const row = put(kind, code, isVerbose ? 1 : 0, bytes.readInt32LE(place));
    put(leadWord, lead.length, free < 0 ? 0 : 1, field, pieces.length);
    for (const [index, { literal, field, kind, least }] of pieces.entries())
      put(words[index] as number, literal.length, field < 0 ? 0 : kindOf(kind), least);
    bytes.writeInt32LE(row, place);
  }
}

/** @returns the least of its bytes that follow each other, how much higher the last of these is, and the one more there can be */
function rangeOf(field: FieldKind): [number, number, number] {
  const all = Array.from({ length: 256 }, (_, byte) => byte).filter(FIELDS[field]);
  const most = all.findLast((byte) => !all.includes(byte + 1)) as number;
  let least = most;
  while (all.includes(least - 1)) least--;
  const [other = least, ...rest] = all.filter((byte) => byte < least);
  if (rest.length > 0) throw new Error(`the scanner knows no fields like ${field}`);
  return [least, most - least, other];
}
