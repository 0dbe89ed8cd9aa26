import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VERSIONS = '/usr/lib/postgresql';

/** A PostgreSQL server of our own on loopback, with nothing in it, which is gone afterwards. */
export class Postgres {
  readonly port: number;
  private readonly folder: string;
  private readonly bin: string;
  private server: ChildProcess | null = null;

  private constructor(folder: string, bin: string, port: number) {
    this.folder = folder;
    this.bin = bin;
    this.port = port;
  }

  static async open(): Promise<Postgres> {
    const [newest = ''] = readdirSync(VERSIONS).sort((one, other) => Number(other) - Number(one));
    const folder = mkdtempSync(join(tmpdir(), 'sftpjail-postgres.'));
    const [uid = 0, gid = 0] = ids();
    chmodSync(folder, 0o755);
    chownSync(folder, uid, gid);
    const postgres = new Postgres(folder, join(VERSIONS, newest, 'bin'), await freePort());
    const { status, stderr } = spawnSync(
      join(postgres.bin, 'initdb'),
      ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'sftpjail', '-E', 'UTF8', '--no-sync'],
      { uid, gid, cwd: '/', encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`initdb: ${stderr}`);
    await postgres.start();
    return postgres;
  }

  async start(): Promise<void> {
    const { folder, bin, port } = this;
    const [uid = 0, gid = 0] = ids();
    const settings = [`unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1', `port=${port}`, 'fsync=off'];
    this.server = spawn(
      join(bin, 'postgres'),
      ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      { uid, gid, cwd: '/', stdio: 'ignore' },
    );
    for (const end = Date.now() + 60_000; !this.answers(); await new Promise((resolve) => setTimeout(resolve, 50)))
      if (Date.now() > end) throw new Error('PostgreSQL does not answer');
  }

  /** At once, with whatever is going on in it. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === null || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGQUIT');
    await ended;
    this.server = null;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** A new database. @returns its address */
  create(name: string): string {
    this.sql(`CREATE DATABASE ${name}`, 'postgres');
    return `postgres://sftpjail@127.0.0.1:${this.port}/${name}`;
  }

  /** @returns what psql prints, fields behind tabs */
  sql(statement: string, database: string): string {
    const args = ['-qAt', '-F', '\t', '-h', '127.0.0.1', '-p', String(this.port), '-U', 'sftpjail', '-d', database];
    const { status, stdout, stderr } = spawnSync(join(this.bin, 'psql'), [...args, '-c', statement], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }

  private answers(): boolean {
    const args = ['-q', '-h', '127.0.0.1', '-p', String(this.port), '-d', 'postgres', '-U', 'sftpjail'];
    return spawnSync(join(this.bin, 'pg_isready'), args).status === 0;
  }
}

/** It does not run as root. */
function ids(): number[] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('postgres:'));
  return (line ?? '').split(':').slice(2, 4).map(Number);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
