import type { Context } from '../context.ts';
import type { Check } from '../doctor/check.ts';
import { CHECKS } from '../doctor/checks.ts';
import { countsOf, type Examination, examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { LOGIN } from '../doctor/login.ts';
import { openLooking } from '../doctor/looking.ts';
import { OperatorError, wrongUsage } from '../errors.ts';
import { describeFindings, describeNotes } from '../ui/findings.ts';
import { jsonLine } from '../ui/json-line.ts';
import { paintFor } from '../ui/paint.ts';
import { table } from '../ui/table.ts';
import { judgeLayout, judgeMembers } from './judge-layout.ts';

/** Of doctor/probe.ts, which is loaded when it is asked for. */
const PROBE = 'probe';

export interface DoctorOptions {
  list?: boolean;
  fix?: boolean;
  probe?: boolean;
  login?: boolean;
}

/** Judges the host: every finding says what, why and how to mend it. */
export async function doctor(context: Context, names: readonly string[], options: DoctorOptions): Promise<void> {
  if (options.list) return list(context);
  const checks = await chosen(names, options);
  let examination = await look(context, checks);
  let changed = false;
  if (options.fix) {
    const { mend } = await import('./mend.ts');
    changed = await mend(context, examination.findings);
    if (context.options.dryRun) return;
    if (changed) examination = await look(context, checks);
  }
  if (options.login) {
    const { probeByLogin } = await import('./login-probe.ts');
    examination.findings.push(...(await probeByLogin(context)));
    examination.checked.push(LOGIN);
  }
  report(context, examination, { namesChecks: names.length > 0, ...(options.fix && { changed }) });
  const { error, warning } = countsOf(examination.findings);
  if (error + warning === 0) return;
  throw new OperatorError('differs', summary(error, warning), hintFor(examination.findings, options));
}

const look = (context: Context, checks: readonly Check[]): Promise<Examination> => {
  const { host, config, self } = context;
  const judgements = [() => judgeLayout(host, config), () => judgeMembers(host, config)];
  return examine(openLooking({ host, config, self, now: context.now() }, judgements), checks);
};

function list({ options, say }: Context): void {
  const all = CHECKS.map(({ name, about }) => ({ name, about }));
  if (options.json) return say.result(jsonLine({ checks: all }));
  for (const line of table(
    ['CHECK', 'IS CONTENT WHEN'],
    all.map(({ name, about }) => [name, about]),
  ))
    say.result(line);
}

async function chosen(names: readonly string[], { probe, login }: DoctorOptions): Promise<Check[]> {
  const named = names.map((name) => {
    const check = CHECKS.find((each) => each.name === name);
    if (check === undefined) throw wrongUsage(`there is no check ${JSON.stringify(name)}`, 'sftpjail doctor --list');
    return check;
  });
  if (named.length === 0 && !probe && !login) return [...CHECKS];
  return [...new Set(named), ...(probe ? [(await import('../doctor/probe.ts')).probe] : [])];
}

interface Reporting {
  /** Notes of checks that were asked for are told in full. */
  namesChecks: boolean;
  changed?: boolean;
}

function report(
  context: Context,
  { checked, notChecked, findings }: Examination,
  { namesChecks, ...fixed }: Reporting,
): void {
  const { options, say } = context;
  const counts = countsOf(findings);
  if (options.json)
    return say.result(jsonLine({ ...fixed, counts, checks: checked, notChecked, findings: findings.map(forPrograms) }));
  const paint = paintFor(process.stdout, options.color);
  const isNote = ({ severity }: Finding) => severity === 'note';
  for (const line of describeFindings(
    findings.filter((finding) => !isNote(finding)),
    paint,
  ))
    say.result(line);
  for (const { check, why } of notChecked) say.result(`${paint.yellow('not checked')} ${check}: ${why}`);
  const notes = findings.filter(isNote);
  const describe = namesChecks ? describeFindings : describeNotes;
  for (const line of describe(notes, paintFor(process.stderr, options.color))) say.note(line);
  if (counts.error + counts.warning > 0) return;
  if (checked.includes(PROBE)) say.result(`The line of every account arrived in ${context.config.log.file}.`);
  if (checked.includes(LOGIN)) say.result('A new customer could log in and upload, and is on record.');
  const others = checked.filter((name) => name !== PROBE && name !== LOGIN);
  if (others.length === 0) return;
  const all = notChecked.length === 0 ? 'This host is as it should be' : 'What could be looked at is as it should be';
  say.result(`${all}: ${counted(others.length, 'check').join()}.`);
}

const forPrograms = ({ gist: _, ...finding }: Finding) => finding;

const counted = (count: number, what: string): string[] =>
  count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`];
const summary = (error: number, warning: number): string =>
  [...counted(error, 'error'), ...counted(warning, 'warning')].join(', ');

function hintFor(findings: readonly Finding[], { fix }: DoctorOptions): string | undefined {
  return !fix && findings.some(({ fixable }) => fixable)
    ? 'sftpjail doctor --fix mends what can be mended by itself'
    : undefined;
}
