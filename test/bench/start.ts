import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultConfig, makeJails, newSocket, withRoot } from './jails.ts';
import { compare, runsSilently } from './ratio.ts';

const CLI = join(import.meta.dirname, '../../bin/sftpjail.js');
const LIMIT = 1.45;

/** What rsyslog's post-start hook and everybody's shell pay at every start. */
export async function benchStart(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  const config = defaultConfig(folder);
  const node =
    (...args: string[]) =>
    () =>
      runsSilently(process.execPath, args);
  try {
    await withRoot('memory', async (root) => {
      await newSocket(root);
      makeJails(root, 100);
      await compare({
        title: 'start to end, output to /dev/null, against node -e 0',
        baseline: { name: 'node -e 0', run: node('-e', '0') },
        sides: [
          { name: 'sftpjail --version', limit: LIMIT, run: node(CLI, '--version') },
          {
            name: 'sftpjail refresh-links, 100 current links',
            limit: LIMIT,
            run: node(CLI, 'refresh-links', '--config', config),
          },
        ],
        repetitions: 80,
        warmups: 5,
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
