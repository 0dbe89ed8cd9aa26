import { setTimeout as sleep } from 'node:timers/promises';
import type { LogWriter } from '../watch/log-writer.ts';
import type { ImportCommand } from './command.ts';

export interface Disturbance {
  kills: number;
  rotations: number;
  /** Between two kills. */
  sessions: number;
  files: number;
}

/** Imports again and again, and kills each import, while the log is written to and rotated. All sessions end before it does. */
export async function killAndRotate(
  writer: LogWriter,
  command: ImportCommand,
  { kills, rotations, sessions, files }: Disturbance,
): Promise<void> {
  let random = 7;
  const next = () => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return random / 2 ** 31;
  };
  const write = (lines: number) => {
    for (let line = 0; line < lines && !writer.isOver; line++) writer.go(next());
  };
  // What an import of nothing takes on this machine now: some are killed before they begin, some when they are done.
  const begun = Date.now();
  await command.start();
  const whole = Date.now() - begun;
  for (let kill = 0; kill < kills; kill++) {
    for (let session = 0; session < sessions; session++) writer.session(files);
    const lines = sessions * (2 * files + 2);
    write(Math.floor(lines * 0.7));
    await command.start(async (end) => {
      await sleep(next() * 2 * whole);
      if (kill % Math.ceil(kills / rotations) === 0) {
        writer.rotate({ keep: kills });
        write(Math.floor(lines * 0.1));
        writer.reopen();
      }
      write(Math.floor(lines * 0.1));
      end();
    });
  }
  while (!writer.isOver) writer.go(next());
}
