import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../../bin/sftpjail.js');

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `sftpjail ledger import`, as it is typed. */
export class ImportCommand {
  private readonly args: readonly string[];

  /** @param folder where its configuration goes */
  constructor(folder: string, log: string, database: string) {
    const config = join(mkdtempSync(join(folder, 'config.')), 'config.yaml');
    const lines = ['log:', `  file: ${log}`, '  sshd: /nonexistent', 'ledger:', `  database: ${database}`];
    writeFileSync(config, `${lines.join('\n')}\n`);
    this.args = [CLI, 'ledger', 'import', '--config', config];
  }

  run(...more: string[]): Ended {
    return spawnSync(process.execPath, [...this.args, ...more], { encoding: 'utf8' });
  }

  /** @param meanwhile is told its pid once it runs */
  async start(meanwhile: (kill: () => void) => Promise<void> = async () => {}): Promise<Ended> {
    const child = spawn(process.execPath, this.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk) => {
        said[name] += chunk;
      });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await meanwhile(() => child.kill('SIGKILL'));
    return { status: await ended, ...said };
  }
}
