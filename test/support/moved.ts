import type { Session, Transfer } from '../../src/log/session.ts';
import { asLogged, type Bytes, LONGEST } from '../log/model/escape.ts';
import { pathComplaint } from '../log/model/judge-path.ts';

/** A file that a client moved, as it knows it itself. */
export interface Moved {
  readonly path: Bytes;
  readonly bytes: number;
}

/**
 * What a session tells otherwise than its client, who moved these files in one direction and nothing else: a figure that
 * is wrong, and one that is left open though the log has it.
 */
export function wrongFigures(session: Session, way: 'upload' | 'download', moved: readonly Moved[]): string[] {
  const left = [...session.transfers];
  const wrong = moved.flatMap((file) => {
    const found = left.filter((transfer) => pathComplaint(file.path, transfer, true).length === 0);
    const told = found.find(({ pathCut }) => !pathCut) ?? found[0];
    if (told === undefined) return [`nothing is told of ${JSON.stringify(file)}`];
    left.splice(left.indexOf(told), 1);
    return wrongFigure(told, way, file);
  });
  return [
    ...wrong,
    ...left.map((transfer) => `nobody moved ${JSON.stringify(transfer)}`),
    ...wrongTotals(session, way, moved),
  ];
}

function wrongFigure(told: Transfer, way: 'upload' | 'download', { path, bytes }: Moved): string[] {
  const [read, written] = way === 'upload' ? [0, bytes] : [bytes, 0];
  const whole = asLogged(`close "${path}" bytes read ${read} written ${written}`).length < LONGEST;
  const { direction, status, exact, bytesRead, bytesWritten } = told;
  const isRight = bytesRead === read && bytesWritten === written;
  const says = `${JSON.stringify(told)}, really a ${way} of ${bytes} bytes`;
  if (whole) return isRight && exact && direction === way && status === 'completed' ? [] : [says];
  const isOpen = !exact && bytesRead === null && bytesWritten === null && (direction === way || direction === 'none');
  return isOpen ? [] : [`what was cut is told as if it were known: ${says}`];
}

function wrongTotals({ totals }: Session, way: 'upload' | 'download', moved: readonly Moved[]): string[] {
  const real = moved.reduce((sum, { bytes }) => sum + bytes, 0);
  const [sum, other] = way === 'upload' ? [totals.bytesIn, totals.bytesOut] : [totals.bytesOut, totals.bytesIn];
  const isRight = totals.exact ? sum === real && other === 0 : (sum ?? 0) < real && (other ?? 0) === 0;
  return isRight ? [] : [`totals ${JSON.stringify(totals)}, really ${real} bytes`];
}
