import type { HistoryEvent } from './history-event.ts';
import type { Life } from './lives.ts';

/** What became of a file in the end, as far as the log tells. */
export interface Fate {
  /**
   * `gone` it was not there any more, and no line says why; `uncertain` it can have any of the names or none;
   * `unproven` nothing that succeeded shows that it ever existed.
   */
  state: 'exists' | 'removed' | 'replaced' | 'gone' | 'uncertain' | 'unproven';
  /** The names that it has now or can have. */
  names: string[];
  /** What ended it, or made it uncertain; else the last that was done to it. */
  by: HistoryEvent | null;
  possible?: true;
}

export function fateOf({ names, events, proven, end }: Life): Fate {
  const done = events.filter(({ status }) => status !== 'failed');
  const last = done.at(-1) ?? null;
  if (end !== null) {
    const by = done.findLast(({ action }) => action !== 'download' && action !== 'set') ?? last;
    return { state: end, names: [], by, ...(by?.possible && { possible: true }) };
  }
  const sure = [...names].filter(([, isSure]) => isSure).map(([name]) => name);
  if (!proven) return { state: 'unproven', names: [...names.keys()], by: last };
  if (sure.length > 0) return { state: 'exists', names: sure, by: last };
  const by = done.findLast(({ possible, action }) => possible && action !== 'download' && action !== 'set') ?? last;
  return { state: 'uncertain', names: [...names.keys()], by };
}
