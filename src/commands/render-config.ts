import { createTwoFilesPatch } from 'diff';
import { RSYSLOG_DROP_IN } from '../conf/rsyslog.ts';
import { refreshCommand } from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { OperatorError, wrongUsage } from '../errors.ts';
import { daemonFolder } from '../host/daemon-folder.ts';
import { directory } from '../host/directory.ts';
import { file } from '../host/file.ts';
import type { Host } from '../host/host.ts';
import type { KindOnHost } from '../host/kind.ts';
import { lookAtHost } from '../host/look.ts';
import { textOrNull } from '../host/read.ts';
import { openServices } from '../host/services/open.ts';
import { symlink } from '../host/symlink.ts';
import { openTemplates } from '../host/templates.ts';
import type { Change, Kind } from '../plan/change.ts';
import type { HostFacts } from '../plan/facts.ts';
import { hasUnits, textFilesIn, wantFoundation, wantServices } from '../plan/host.ts';
import { wantLedgerFolder } from '../plan/ledger.ts';
import { sharesIn, wantShares } from '../plan/shares.ts';
import { wantWatch } from '../plan/watch.ts';
import { satisfies, type Wish } from '../plan/wish.ts';
import { shellQuote } from '../quote.ts';
import type { NetworkPlace } from '../spec.ts';
import { describeChanges } from '../ui/describe-plan.ts';
import { paintFor } from '../ui/paint.ts';

/** The hook for hosts on which nothing but a script restarts rsyslog. */
const HOOK = 'refresh-links hook';

/** Not a file: what rsyslog is told on hosts of which one gathers the lines of the others. */
const FORWARD = 'forward';
/** Where nothing is configured yet. */
const EXAMPLE = {
  forward: 'sftp0.example.com:2514',
  receive: '10.0.0.1:2514',
  senders: { '10.0.0.3': 'sftp3' },
} as const;

/** Prints what would be installed, or how it differs from what is. */
export async function renderConfig(
  context: Context,
  name: string | undefined,
  { diff = false }: { diff?: boolean },
): Promise<void> {
  const { host, config, self, say, options } = context;
  const facts = await lookAtHost(host, config, openServices(host).kind, self);
  const templates = openTemplates();
  const wishes = [
    ...wantFoundation(facts, templates),
    ...wantServices(facts, templates),
    ...wantLedgerFolder(facts),
    ...(config.watch.enabled && hasUnits(facts.kind) ? wantWatch(facts, templates) : []),
    ...wantShares(facts, templates, sharesIn(facts)),
  ];
  const files = textFilesIn(wishes).map(({ at, state }): Text => ({ at, content: state.content }));
  const hook =
    facts.kind === 'systemd' || facts.kind === 'image' || config.log.socket === 'per-jail' || diff
      ? []
      : [hookOf(self)];
  const all = [...files, ...hook];
  if (name === FORWARD) return renderForwarding(context, facts, templates);
  const chosen = name === undefined ? all : all.filter(({ at }) => at === name || at.endsWith(`/${name}`));
  if (chosen.length === 0)
    throw wrongUsage(
      `nothing of ours is called ${JSON.stringify(name)}`,
      `use one of: ${all.map(({ at }) => shellQuote(at)).join(' ')}`,
    );

  if (diff) {
    const standing = wishes.filter(isStanding);
    const isChosen = (wish: Wish) => chosen.some(({ at }) => at === wish.at);
    return renderDiff(context, chosen, name === undefined ? standing : standing.filter(isChosen));
  }
  if (options.json) return say.result(JSON.stringify({ files: chosen }));
  for (const { at, content } of chosen) {
    if (chosen.length > 1) say.result(`### ${at}`);
    say.result(content.trimEnd());
    if (chosen.length > 1) say.result('');
  }
}

/** For review, before `log.forward` and `log.receive` are set: init then does it. */
function renderForwarding({ say, options }: Context, facts: HostFacts, templates: Templates): void {
  const { log } = facts.config;
  const textOf = (own: Pick<Config['log'], 'forward' | 'receive' | 'senders'>): string => {
    const config = { ...facts.config, log: { ...log, ...own } };
    const found = textFilesIn(wantServices({ ...facts, config }, templates)).find(({ at }) => at === RSYSLOG_DROP_IN);
    return found?.state.content ?? '';
  };
  const forward = log.forward ?? (EXAMPLE.forward as NetworkPlace);
  const receive = log.receive ?? (EXAMPLE.receive as NetworkPlace);
  const senders = log.receive === null ? (EXAMPLE.senders as Config['log']['senders']) : log.senders;
  const files = [
    { at: RSYSLOG_DROP_IN, when: `log.forward: ${forward}`, content: textOf({ forward, receive: null, senders }) },
    { at: RSYSLOG_DROP_IN, when: `log.receive: ${receive}`, content: textOf({ forward: null, receive, senders }) },
  ];
  if (options.json) return say.result(JSON.stringify({ files }));
  for (const { at, when, content } of files) say.result(`### ${at}, with ${when}\n${content}`);
}

interface Text {
  at: string;
  content: string;
}

/** What of ours stands on a disk and can be looked at without asking anybody. */
const STANDING = { daemonFolder, directory, file, symlink } as const;
type Standing = Wish<keyof typeof STANDING>;
const isStanding = (wish: Wish): wish is Standing => wish.kind in STANDING;

async function renderDiff({ host, say, options }: Context, texts: readonly Text[], wishes: Standing[]): Promise<void> {
  const differing = texts.flatMap(({ at, content }) => {
    const installed = textOrNull(host.followed(at));
    return installed === content ? [] : [{ at, installed, wanted: content }];
  });
  const missing = differing.flatMap(({ at, installed }) => (installed === null ? [at] : []));
  const changes = (await changesBesideContent(host, wishes)).filter(({ at }) => !missing.includes(at));
  const differs = differing.length > 0 || changes.length > 0;
  if (options.json) say.result(JSON.stringify({ differs, files: differing, changes }));
  else {
    for (const { at, installed, wanted } of differing) say.result(patch(at, installed, wanted));
    for (const line of describeChanges(changes, paintFor(process.stdout, options.color))) say.result(line);
  }
  if (!differs) return;
  const count = new Set([...differing, ...changes].map(({ at }) => at)).size;
  throw new OperatorError('differs', `${count} of our files differ from what they should be`, 'sftpjail init');
}

/** Owners, modes, symlinks and what is missing; a patch says it better how the content of a file differs. */
async function changesBesideContent(host: Host, wishes: readonly Standing[]): Promise<Change[]> {
  const changes = new Map<string, Change>();
  for (const { kind, at, state } of wishes) {
    const before = withoutContent(await (STANDING[kind] as KindOnHost<Kind>).read(host, at, state));
    const after = withoutContent(state);
    if (!satisfies(before, after)) changes.set(at, { kind, at, before, after } as Change);
  }
  return [...changes.values()];
}

function withoutContent(state: object | null): object | null {
  if (state === null || !('content' in state)) return state;
  const { content: _, ...rest } = state;
  return rest;
}

const patch = (at: string, installed: string | null, wanted: string): string =>
  createTwoFilesPatch(
    installed === null ? '/dev/null' : at,
    at,
    installed ?? '',
    wanted,
    'installed',
    'wanted',
  ).trimEnd();

const hookOf = (self: Context['self']) => ({
  at: HOOK,
  content: `# after every start of rsyslogd:\n${refreshCommand(self)}\n`,
});
