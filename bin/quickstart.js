// npm run quickstart -- NAME [--key FILE.pub]: from a fresh clone to a customer who has uploaded a file, and its line in
// the log. Needs nothing but Node and npm; installs a copy that root owns, so the clone can be deleted afterwards.
const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const clone = resolve(__dirname, '..');
const PREFIX = '/usr/local';
const sftpjail = join(PREFIX, 'bin/sftpjail');
const FILE = 'quickstart.txt';

function fail(message, hint) {
  console.error(`quickstart: error: ${message}`);
  if (hint) console.error(`quickstart: hint: ${hint}`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const { status, error, stdout } = spawnSync(command, args, { stdio: 'inherit', encoding: 'utf8', ...options });
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with status ${status}`);
  return stdout ?? '';
}

const ask = (command, args) => run(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
const say = (text) => console.log(`\n== ${text}`);

/** The two words that are understood: a name, and the public key to use instead of a new pair. */
function parseArguments([name, option, key, ...rest]) {
  const usage = 'npm run quickstart -- NAME [--key FILE.pub]';
  if (!name || name.startsWith('-') || rest.length > 0 || (option && (option !== '--key' || !key)))
    fail('what is missing is a name', usage);
  return { name, key: key && resolve(process.env.INIT_CWD ?? '.', key) };
}

function install(work) {
  say('Installing npm packages and building');
  // Not `npm ci`: it refuses a lock file that lacks a package for another platform, and not every registry has them all.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { cwd: clone });
  run('npm', ['run', '--silent', 'build'], { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'] });
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', work], { cwd: clone });
  say(`Installing sftpjail below ${PREFIX}`);
  const tarball = join(
    work,
    readdirSync(work).find((file) => file.endsWith('.tgz')),
  );
  run('npm', ['install', '--global', '--silent', '--offline', '--no-audit', '--no-fund', '--prefix', PREFIX, tarball]);
}

/** The pair made for the occasion; a second run finds it again. */
function keyPair(name) {
  const key = `/root/sftpjail-${name}`;
  if (!existsSync(key)) run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key]);
  return `${key}.pub`;
}

/** Uploads with the real client, which trusts the very host keys that lie in /etc/ssh and no others. */
function upload(name, privateKey, work) {
  const settings = ask('/usr/sbin/sshd', ['-T']);
  const port = /^port (\d+)$/m.exec(settings)[1];
  const hostKeys = [...settings.matchAll(/^hostkey (.+)$/gm)].map(([, file]) => `${file}.pub`).filter(existsSync);
  const knownHosts = join(work, 'known_hosts');
  const host = port === '22' ? '127.0.0.1' : `[127.0.0.1]:${port}`;
  writeFileSync(knownHosts, hostKeys.map((file) => `${host} ${readFileSync(file, 'utf8')}`).join(''));
  const file = join(work, FILE);
  writeFileSync(file, `${name} can upload.\n`);
  const options = [
    '-o',
    `UserKnownHostsFile=${knownHosts}`,
    '-o',
    'StrictHostKeyChecking=yes',
    '-i',
    privateKey,
    '-P',
    port,
  ];
  run('sftp', ['-F', 'none', '-b', '-', ...options, `${name}@127.0.0.1`], {
    input: `put ${file} ${FILE}\n`,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

/** The log's line for the upload, once rsyslog has written it. */
async function lineOf(log, since) {
  for (let tries = 0; tries < 100; tries++) {
    const lines = readFileSync(log, 'utf8').slice(since).split('\n');
    const line = lines.find((text) => /internal-sftp\[\d+\]: close ".*\/quickstart\.txt"/.test(text));
    if (line) return line;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  return fail(`no line of the upload in ${log}`, 'sftpjail list-users');
}

async function main() {
  if (process.getuid() !== 0)
    fail('this prepares the host for customers, so it needs root', 'sudo npm run quickstart -- NAME');
  const { name, key } = parseArguments(process.argv.slice(2));
  const work = mkdtempSync(join(tmpdir(), 'sftpjail-quickstart.'));
  try {
    install(work);
    say('Preparing this host');
    run(sftpjail, ['init', '--install-packages', '--yes']);
    const publicKey = key ?? keyPair(name);
    say(`Adding ${name}`);
    run(sftpjail, ['add-user', name, '--key', publicKey, '--install-packages', '--yes']);
    const privateKey = publicKey.replace(/\.pub$/, '');
    if (privateKey === publicKey || !existsSync(privateKey)) {
      say(`All is well. The private key of ${publicKey} is not here, so the first upload is left to its owner.`);
      return;
    }
    say('Uploading a file as the customer');
    const log = /^(\/\S+) \{$/m.exec(ask(sftpjail, ['render-config', '/etc/logrotate.d/sftpjail']))[1];
    const since = existsSync(log) ? readFileSync(log, 'utf8').length : 0;
    upload(name, privateKey, work);
    say(`Its line in ${log}`);
    console.log(await lineOf(log, since));
    say(`All is well. The customer's private key: ${privateKey}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main();
