import { buildGuestSupport } from './guest-support.ts';
import { buildImages } from './image.ts';
import { missingForMachines } from './needs.ts';
import { sweep } from './sweep.ts';

/** vitest's global setup of every project that needs root. */
export default async function prepare(): Promise<void> {
  if (missingForMachines() !== null) return;
  sweep();
  await Promise.all([buildImages(), buildGuestSupport()]);
}
