import { Scanned } from '../../src/log/scanned.ts';
import { SLOTS } from '../../src/log/scanner/layout.ts';
import { Scanner } from '../../src/log/scanner.ts';
import { newScannerParts } from '../../src/log/scanner-parts.ts';
import type { Piece } from '../../src/log/sources.ts';

/**
 * What a scanner makes of a log that it gets in portions.
 *
 * @param portions how many bytes it gets each time, over and over; of none all that there is room for
 * @param isRelay each piece is scanned by another scanner of the same parts, as by threads of which one goes on
 */
export async function* scannedPieces(
  bytes: Buffer,
  portions: readonly number[],
  isRelay = false,
): AsyncGenerator<Piece> {
  const parts = newScannerParts();
  let scanner = new Scanner(parts);
  let begun = 0;
  let position = 0;
  let turn = 0;
  const read = (into: Uint8Array): number => {
    const portion = portions[turn++ % portions.length] ?? into.length;
    const next = bytes.subarray(position, position + Math.min(portion, into.length));
    into.set(next);
    position += next.length;
    return next.length;
  };
  for (let slot = 0; ; slot = (slot + 1) % SLOTS) {
    const length = scanner.fill(slot, read);
    if (length === 0) return;
    begun += length;
    const scanned = new Scanned(scanner.memory, slot);
    yield { bytes: scanned.bytes, scanned: scanned.hasLines ? scanned : null };
    if (!isRelay) continue;
    scanner = new Scanner(parts);
    position = begun;
  }
}
