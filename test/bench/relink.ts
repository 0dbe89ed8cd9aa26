import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultConfig, expectLinks, makeJails, newSocket, withRoot } from './jails.ts';
import { compare, runs } from './ratio.ts';

const CLI = join(import.meta.dirname, '../../bin/sftpjail.js');
const SOURCE = join(import.meta.dirname, 'c/relink.c');
/** run.js builds it into the folder of this bundle. */
const ONE_THREAD = join(__dirname, 'one-thread.cjs');
const JAILS = 50_000;

/** What a new socket costs a host that is as full as it may be. */
export async function benchRelink(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  const config = defaultConfig(folder);
  const relink = join(folder, 'relink');
  runs('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', relink, SOURCE]);
  try {
    await withRoot('disk', async (root) => {
      await newSocket(root);
      makeJails(root, JAILS);
      const before = async () => {
        await newSocket(root);
        // What the last one wrote is written out now, and not in the next one's time.
        runs('sync', []);
      };
      /** A program's whole time, or the time that it gives for its loop. */
      const side = (name: string, which: 'whole' | 'loop', command: string, ...args: string[]) => ({
        name,
        before,
        run: () => {
          const said = runs(command, args);
          expectLinks(root, JAILS);
          return which === 'loop' ? Number(said) : undefined;
        },
      });
      const node = process.execPath;
      await compare({
        title: `refresh-links of ${JAILS} stale links on disk, whole processes, against C on one thread`,
        baseline: side('C', 'whole', relink, root),
        sides: [
          { ...side('one thread', 'whole', node, ONE_THREAD, root), limit: 1.2 },
          {
            ...side('sftpjail refresh-links (threads)', 'whole', node, CLI, 'refresh-links', '--config', config),
            limit: 1,
          },
        ],
        repetitions: 15,
      });
      await compare({
        title: 'the same without the start of the process',
        baseline: side('C', 'loop', relink, root),
        sides: [{ ...side('one thread', 'loop', node, ONE_THREAD, root), limit: 1.2 }],
        repetitions: 15,
        warmups: 1,
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
