/** Numbers in memory that two threads share, by which one fills pieces and the other takes them. */
export type Turns = Int32Array<SharedArrayBuffer>;

/** How many pieces were filled since the beginning, and how many were taken and are done with. */
export const FILLED = 0;
export const TAKEN = 1;
/** 1 where the taker waits to be told that there is one more. */
export const IS_WAITED_FOR = 2;
/** How far the filler is: 0 as long as it loads, and when it is ready it has to be told where to begin. */
export const STATE = 3;
export const [READY, BEGUN] = [1, 2];

export const newTurns = (): Turns => new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT));
