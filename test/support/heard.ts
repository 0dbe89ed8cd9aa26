import type { Spawned } from './guest.ts';

/** What a program has printed on stdout so far, for tests that wait until it has said something. */
export function heard({ process }: Spawned): () => string {
  let text = '';
  process.stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  return () => text;
}
