import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CACHE, hashOf } from './cache.ts';
import { execute } from './exec.ts';

const GUEST = join(import.meta.dirname, 'guest');
const C = join(import.meta.dirname, 'c');

/** What stands at /opt/test-support in every machine: the files of guest/, and in bin/ the programs of c/. */
export function guestSupportPath(): string {
  return join(CACHE, `guest-${hashOf(GUEST, undefined, hashOf(C))}`);
}

export async function buildGuestSupport(): Promise<void> {
  const target = guestSupportPath();
  if (existsSync(target)) return;
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(`${target}.draft.`);
  chmodSync(draft, 0o755);
  cpSync(GUEST, draft, { recursive: true });
  mkdirSync(join(draft, 'bin'));
  for (const source of readdirSync(C)) {
    const program = join(draft, 'bin', basename(source, '.c'));
    await execute('gcc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, join(C, source)]);
  }
  try {
    renameSync(draft, target);
  } catch {
    // Another run was faster; its result is the same.
    rmSync(draft, { recursive: true, force: true });
  }
}
