// node --require fault.cjs: numbers every touch of the host by this process (a change to the file system, or a program
// started that may change something) and, as SFTPJAIL_FAULT says,
//   fail:N      the N-th touch fails: EIO, and for a program a start of `false` in its place
//   broken:N    the N-th touch and all that follow fail
//   kill:N      the process kills itself right before the N-th touch
//   SIGINT:N    the process gets this signal right before the N-th touch; so with SIGTERM
//   count:FILE  writes how many there were, and a line for each, to FILE at the end
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const programs = require('node:child_process');
const { changes } = require('./fault-looks.cjs');

const [kind, word] = (process.env.SFTPJAIL_FAULT ?? '').split(/:(.*)/s);
delete process.env.SFTPJAIL_FAULT;
// Programs that this process starts are touches of it; what they do inside is their own affair.
delete process.env.NODE_OPTIONS;

const touches = [];

/** Counts a touch and returns whether it has to fail. */
function touch(line) {
  touches.push(line);
  if (touches.length === Number(word)) {
    if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
    if (kind.startsWith('SIG')) process.kill(process.pid, kind);
  }
  return (kind === 'fail' && touches.length === Number(word)) || (kind === 'broken' && touches.length >= Number(word));
}

function error(call, path) {
  return Object.assign(new Error(`EIO: i/o error, ${call} '${path}'`), { errno: -5, code: 'EIO', syscall: call, path });
}

const opensForWriting = (flags) =>
  typeof flags === 'number' ? (flags & 3) !== 0 || (flags & fs.constants.O_CREAT) !== 0 : /[wa+]/.test(flags ?? 'r');
const always = () => true;
const CALLS = {
  ...Object.fromEntries(
    [
      'write',
      'writev',
      'writeFile',
      'appendFile',
      'rename',
      'link',
      'symlink',
      'unlink',
      'mkdir',
      'mkdtemp',
      'rmdir',
      'rm',
      'chmod',
      'fchmod',
      'lchmod',
      'chown',
      'fchown',
      'lchown',
      'utimes',
      'futimes',
      'lutimes',
      'truncate',
      'ftruncate',
      'cp',
      'copyFile',
    ].map((name) => [name, always]),
  ),
  open: (args) => opensForWriting(args[1]),
};

const realWrite = fs.writeFileSync;
let depth = 0;

/** Only the outermost call counts: writeFileSync is one touch, though it opens and writes. */
function within(call) {
  depth++;
  try {
    return call();
  } finally {
    depth--;
  }
}

// stdout and stderr are conversation and not the host.
const counts = (name, args) => depth === 0 && !(/^writev?$/.test(name) && args[0] <= 2) && CALLS[name](args);
const say = (name, args) =>
  `${name} ${args
    .filter((arg) => typeof arg !== 'function' && !ArrayBuffer.isView(arg))
    .map(String)
    .join(' ')
    .replaceAll('\n', ' ')
    .slice(0, 200)}`;

for (const name of Object.keys(CALLS)) {
  const sync = fs[`${name}Sync`];
  const later = fs[name];
  const promised = fs.promises[name];
  if (sync) {
    fs[`${name}Sync`] = (...args) => {
      if (counts(name, args) && touch(say(name, args))) throw error(name, args[0]);
      return within(() => sync.apply(fs, args));
    };
  }
  if (later) {
    fs[name] = (...args) => {
      const done = args.at(-1);
      if (counts(name, args) && touch(say(name, args))) return void process.nextTick(done, error(name, args[0]));
      return within(() => later.apply(fs, args));
    };
  }
  if (promised) {
    fs.promises[name] = async (...args) => {
      if (counts(name, args) && touch(say(name, args))) throw error(name, args[0]);
      return within(() => promised.apply(fs.promises, args));
    };
  }
}

/** Writing through a FileHandle is a touch as well. */
void fs.promises.open('/dev/null').then((handle) => {
  const type = Object.getPrototypeOf(handle);
  for (const name of ['write', 'writev', 'writeFile', 'appendFile', 'chmod', 'chown', 'truncate', 'utimes']) {
    const real = type[name];
    type[name] = async function (...args) {
      if (depth === 0 && touch(`handle.${name}`)) throw error(name, `fd ${this.fd}`);
      return within(() => real.apply(this, args));
    };
  }
  return handle.close();
});

/** spawn and its kin take (file, args?, options?); exec takes a line for the shell. */
function wrapProgram(name, shell) {
  const real = programs[name];
  programs[name] = (file, ...rest) => {
    const words = shell ? file.split(/\s+/) : [file, ...(Array.isArray(rest[0]) ? rest[0] : [])];
    if (depth > 0 || !changes(words) || !touch(`run ${words.join(' ').slice(0, 200)}`))
      return within(() => real(file, ...rest));
    return within(() =>
      shell ? real('false', ...rest) : real('false', ...(Array.isArray(rest[0]) ? [[], ...rest.slice(1)] : rest)),
    );
  };
}
for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'fork']) wrapProgram(name, false);
for (const name of ['exec', 'execSync']) wrapProgram(name, true);
syncBuiltinESMExports();

process.on('exit', () => {
  if (kind === 'count') within(() => realWrite(word, [touches.length, ...touches].map((line) => `${line}\n`).join('')));
});
