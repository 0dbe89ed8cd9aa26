import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Rings when something changes in one of these folders. */
export class Bell {
  private readonly watchers: FSWatcher[];
  private ring = () => {};
  private hasRung = false;

  constructor(folders: readonly string[]) {
    this.watchers = [...new Set(folders)].flatMap((folder) => {
      try {
        const watcher = watch(folder, { persistent: false }, () => {
          this.hasRung = true;
          this.ring();
        });
        // Without it there is still the clock.
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return [];
      }
    });
  }

  /** Whether it has rung since it was asked last; where nothing rings, always. */
  heard(): boolean {
    const { hasRung } = this;
    this.hasRung = false;
    return hasRung || this.watchers.length === 0;
  }

  /** Until it rings, but at least `least` milliseconds and no longer than `most`. */
  async wait(most: number, least: number, signal: AbortSignal): Promise<void> {
    const isOver = sleep(least, undefined, { signal }).catch(() => {});
    await isOver;
    if (!this.hasRung && !signal.aborted && most > least)
      await Promise.race([
        new Promise<void>((resolve) => {
          this.ring = resolve;
        }),
        sleep(most - least, undefined, { signal }).catch(() => {}),
      ]);
    this.ring = () => {};
    this.hasRung = false;
  }

  close(): void {
    for (const watcher of this.watchers) watcher.close();
  }
}
