/** Small, so that little is decoded ahead of what is asked for. */
const PORTION = 131_072;

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/**
 * The decoded bytes of a gzip stream, its members one after the other.
 *
 * @param onDamage told once, after all that could be decoded, where the stream ends early or is broken
 */
export async function* gunzipped(
  chunks: AsyncIterable<Buffer>,
  onDamage: (reason: string) => void,
): AsyncGenerator<Buffer> {
  // Most logs are not compressed, and it takes a millisecond to load.
  const { createGunzip } = await import('node:zlib');
  const gunzip = createGunzip({ chunkSize: 1_048_576 });
  const decoded: Buffer[] = [];
  gunzip.on('data', (chunk: Buffer) => decoded.push(chunk));
  let damage: string | null = null;
  let settle = () => {};
  gunzip.on('error', ({ message }) => {
    damage = message;
    settle();
  });
  let hasEnded = false;
  gunzip.on('end', () => {
    hasEnded = true;
    settle();
  });
  /** Until the step is done, or never can be: zlib then forgets to call back. */
  const settled = (step: (done: () => void) => void) =>
    new Promise<void>((done) => {
      settle = done;
      step(done);
    });
  try {
    for await (const chunk of chunks)
      for (let at = 0; at < chunk.length && damage === null && !hasEnded; at += PORTION) {
        // The next portion is decoded while the reader works on what came of the last one.
        const ready = decoded.splice(0);
        const step = settled((done) => gunzip.write(chunk.subarray(at, at + PORTION), done));
        yield* ready;
        await step;
      }
    // What follows the last member, mostly zeros, ends the stream by itself.
    if (damage === null && !hasEnded) await settled(() => gunzip.end());
    yield* decoded.splice(0);
    if (damage !== null) onDamage(damage);
  } finally {
    gunzip.destroy();
  }
}
