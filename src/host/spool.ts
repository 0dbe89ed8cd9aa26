import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK = 1_048_576;

/** Puts a stream into a file without a name, to be read more than once; it is gone when this process is. */
export async function spool(chunks: AsyncIterable<Buffer>): Promise<() => AsyncIterable<Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-'));
  const file = await open(join(folder, 'log'), 'wx+', 0o600);
  rmSync(folder, { recursive: true });
  for await (const chunk of chunks) await file.appendFile(chunk);
  return async function* () {
    for (let position = 0; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK), 0, CHUNK, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  };
}
