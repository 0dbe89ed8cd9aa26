import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { vi } from 'vitest';
import { main } from '../../src/cli.ts';

/** What a command line prints, and its exit status. */
export async function typed(...args: string[]) {
  const written = new Map([1, 2].map((descriptor) => [descriptor, [] as Buffer[]]));
  const real = fs.writeSync;
  const spy = vi.spyOn(fs, 'writeSync').mockImplementation(((descriptor: number, bytes: Buffer, ...rest: []) => {
    if (!written.get(descriptor)?.push(Buffer.from(bytes))) return real(descriptor, bytes, ...rest);
    return bytes.length;
  }) as typeof fs.writeSync);
  syncBuiltinESMExports();
  const textOf = (descriptor: number) => Buffer.concat(written.get(descriptor) ?? []).toString();
  try {
    return { status: await main(['node', 'sftpjail', ...args]), stdout: () => textOf(1), stderr: () => textOf(2) };
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
}
