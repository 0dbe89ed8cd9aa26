// faults.cjs SPEC: runs one command of sftpjail again and again, each time with a fault at another of its touches (see
// fault.cjs), and judges what is left on the host. One process for all of it, because there are hundreds of runs.
//   SPEC {command, interrupted, restore, strikes, refused, input}: see faults.ts, which also says what is printed
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, rmSync } = require('node:fs');
const { daemonsWork, lookAtHost } = require('./host-state.cjs');

const JOURNAL = '/var/lib/sftpjail/journal';
const spec = JSON.parse(process.argv[2]);

function sftpjail(words, fault) {
  const env = {
    ...process.env,
    ...(fault && { NODE_OPTIONS: `--require=${__dirname}/fault.cjs`, SFTPJAIL_FAULT: fault }),
  };
  const { status, signal, stderr } = spawnSync('sftpjail', words, {
    env,
    encoding: 'utf8',
    input: spec.input ?? '',
    timeout: 60_000,
  });
  return { status: status ?? signal, stderr };
}

function must(words) {
  const [program, ...args] = words;
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stderr}`);
}

function differs(one, other) {
  const [was, is] = [new Set(one), new Set(other)];
  return [
    ...one.filter((line) => !is.has(line)).map((line) => `- ${line}`),
    ...other.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
  ];
}

/** Waits out what a reload leaves to happen afterwards, then looks. */
function settled() {
  const { lines, shown } = lookAtHost();
  const { problems, again } = daemonsWork(shown);
  return { lines: again.sshd || again.rsyslog ? lookAtHost().lines : lines, problems, again };
}

function restore() {
  // A second chance, so that one failure is one failure in the report.
  for (let tries = 0; tries < 3 && existsSync(JOURNAL); tries++) sftpjail(['recover']);
  for (const words of spec.restore) must(words);
  return settled();
}

/** A daemon is disturbed only by a run that came as far as the first touch of it. */
function needless(again, n) {
  const reached = (pattern) => touches.slice(0, n).some((line) => pattern.test(line));
  return [
    ...(again.sshd && !reached(/^run \S+ .*\bsshd?\b/) ? ['sshd was made to read its configuration for nothing'] : []),
    ...(again.rsyslog && !reached(/^run \S+ .*(rsyslog|sftpjail-log)/) ? ['rsyslogd was restarted for nothing'] : []),
  ];
}

/** What a command that nothing befalls does, one line for each touch. */
function touchesOf(words) {
  const { status, stderr } = sftpjail(words, 'count:/run/count');
  if (status !== 0) throw new Error(stderr);
  const [count, ...lines] = readFileSync('/run/count', 'utf8').trimEnd().split('\n');
  if (lines.length !== Number(count)) throw new Error(`${count} touches on ${lines.length} lines`);
  rmSync('/run/count');
  return lines;
}

/** The last moment in which the interrupted command is not yet done: everything is to be undone. */
function lastMoment() {
  // The one before the journal goes: the last change is registered and not yet made.
  const moment = touchesOf(spec.interrupted).findIndex((line) => line.startsWith(`rm ${JOURNAL} `));
  restore();
  return moment;
}

const before = settled();
const moment = spec.interrupted ? lastMoment() : 0;
const interrupt = () => moment > 0 && sftpjail(spec.interrupted, `kill:${moment}`);
interrupt();
const touches = touchesOf(spec.command);
const after = settled();
const restored = differs(before.lines, restore().lines);

/** Which of the two the host is like now; a difference is told against the nearer one. */
function compare(now) {
  const toBefore = differs(before.lines, now.lines);
  const toAfter = differs(after.lines, now.lines);
  const ended = toBefore.length === 0 ? 'before' : toAfter.length === 0 ? 'after' : 'neither';
  const nearer =
    toBefore.length <= toAfter.length ? ['neither as before', ...toBefore] : ['neither as after', ...toAfter];
  return { ended, problems: [...now.problems, ...(ended === 'neither' ? nearer : [])], again: now.again };
}

function refusals() {
  return spec.refused.flatMap((words) => {
    const { status, stderr } = sftpjail(words);
    return status === 4 && /^sftpjail: hint: sftpjail recover$/m.test(stderr)
      ? []
      : [`${words.join(' ')}: ${status} ${stderr}`];
  });
}

/** What the host may be like in the end, by the exit status. */
function promise(status, open, finished) {
  // With the journal there `recover` undoes it; where nothing was left to do, or no way back, it finishes it and says so.
  const either = finished ? ['after'] : ['before'];
  const promises = { 0: [moment > 0 ? 'before' : 'after'], 4: ['before'], 5: ['before'], 6: either, 130: ['before'] };
  return status === 'SIGKILL' ? (open ? either : ['before', 'after']) : promises[status];
}

function attempt(kind, n) {
  interrupt();
  const first = sftpjail(spec.command, `${kind}:${n}`);
  const run = { kind, n, status: first.status, stderr: first.stderr };
  const problems = [];
  const open = existsSync(JOURNAL);
  if (open && n % 10 === 0) {
    const was = lookAtHost().lines;
    sftpjail(['recover', '--dry-run']);
    problems.push(...differs(was, lookAtHost().lines).map((line) => `recover --dry-run changed ${line}`));
    problems.push(...refusals());
  }
  // The file of the lock says who held it; one that a killed run left goes with the next command.
  if (open || first.status === 0 || kind === 'kill' || kind === 'broken') {
    const second = sftpjail(['recover']);
    run.recovered = second.status;
    run.finished = /^Finished: /m.test(second.stderr);
    if (second.status !== 0) problems.push(`recover: ${second.status} ${second.stderr}`);
  }
  const { ended, problems: more, again } = compare(settled());
  const promised = promise(first.status, open, run.finished);
  if (promised === undefined) problems.push(`no status for this: ${first.stderr}`);
  else if (!promised.includes(ended)) problems.push(`the host is as ${ended}`);
  if (problems.length > 0 && existsSync(JOURNAL)) throw new Error([`${kind}:${n}`, ...problems].join('\n'));
  if (ended !== 'before') restore();
  return {
    ...run,
    ended,
    again,
    open,
    problems: [
      ...problems,
      ...more,
      ...(/^(fail|kill)$/.test(kind) && moment === 0 && ended === 'before' ? needless(again, n) : []),
    ],
  };
}

const runs = [];
for (const { kind, first = 1, step = 1 } of spec.strikes)
  for (let n = first; n <= touches.length; n += step) {
    const began = Date.now();
    runs.push({ ...attempt(kind, n), ms: Date.now() - began });
  }
console.log(
  JSON.stringify({ count: touches.length, restored, touches, changed: differs(before.lines, after.lines), runs }),
);
