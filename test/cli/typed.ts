import { vi } from 'vitest';
import { main } from '../../src/cli.ts';

/** What a command line prints, and its exit status. */
export async function typed(...args: string[]) {
  const printed: string[] = [];
  const complained: string[] = [];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => complained.push(String(text)) > 0);
  try {
    return {
      status: await main(['node', 'sftpjail', ...args]),
      stdout: () => printed.join(''),
      stderr: () => complained.join(''),
    };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
