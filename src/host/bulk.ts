import { placeDraft, type Replacement, writeDraft } from './draft.ts';
import { makeDirectory, makeLink, type Owner } from './make.ts';
import type { Inode } from './relink.ts';

/** What is done to one of thousands of things, by system calls alone: names of owners are looked up before. */
export interface Tasks {
  directory: { path: string; owner: Owner };
  link: { path: string; socket: string; inode: Inode };
  /** A draft that is to be brought to the disk together with others. */
  draft: Replacement;
  place: { path: string };
}

type Act = keyof Tasks;

const ACTS: { [A in Act]: (task: Tasks[A]) => void } = {
  directory: ({ path, owner }) => makeDirectory(path, owner),
  link: ({ path, socket, inode }) => makeLink(socket, inode, path),
  draft: (file) => writeDraft(file, false),
  place: ({ path }) => placeDraft(path),
};

/** The same act for many things, which several threads share. */
export interface Bulk<A extends Act = Act> {
  act: A;
  tasks: readonly Tasks[A][];
  /** Where each portion begins: what is taken at once. */
  portions: readonly number[];
  /** One number, in shared memory: how many portions are taken by some thread. */
  taken: Int32Array;
  /** For each task, in shared memory, whether it is done. */
  done: Uint8Array;
}

const PORTION = 64;

export const newBulk = <A extends Act>(act: A, tasks: readonly Tasks[A][]): Bulk<A> => ({
  ...{ act, tasks, portions: portionsOf(tasks) },
  taken: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
  done: new Uint8Array(new SharedArrayBuffer(tasks.length)),
});

/** A folder and what lies in it, where it follows, are for one thread. */
function portionsOf(tasks: readonly { path: string }[]): number[] {
  const starts = [0];
  let folder = '';
  for (const [index, { path }] of tasks.entries()) {
    if (folder !== '' && path.startsWith(folder)) continue;
    folder = `${path}/`;
    if (index - (starts.at(-1) as number) >= PORTION) starts.push(index);
  }
  return starts;
}

/** Takes portions until none is left. What fails is passed over, for whoever finishes the bulk. */
export function takePart({ act, tasks, portions, taken, done }: Bulk): void {
  const perform = ACTS[act] as (task: Tasks[Act]) => void;
  for (let portion = Atomics.add(taken, 0, 1); portion < portions.length; portion = Atomics.add(taken, 0, 1))
    for (let i = portions[portion] as number; i < (portions[portion + 1] ?? tasks.length); i++)
      try {
        perform(tasks[i] as Tasks[Act]);
        done[i] = 1;
      } catch {
        // It is tried once more in `finish`, where it fails for all to see.
      }
}

/** Does what the threads did not do. */
export function finish({ act, tasks, done }: Bulk): void {
  const perform = ACTS[act] as (task: Tasks[Act]) => void;
  for (const [index, task] of tasks.entries()) if (done[index] === 0) perform(task);
}
