import { existsSync, lstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, EventName } from '../config.ts';
import type { Context } from '../context.ts';
import { reasonOf, refused, wrongUsage } from '../errors.ts';
import { readTemplate } from '../host/templates.ts';
import { WATCH_FOLDER } from '../plan/watch.ts';
import { millisecondsOf } from '../spec.ts';
import { eventsOf } from '../watch/event.ts';
import { openFollower } from '../watch/follow.ts';
import { FORENSIC_SINK, type Forensics, openForensics } from '../watch/forensic/forensics.ts';
import { answerRelay } from '../watch/hooks.ts';
import { JOURNAL } from '../watch/journal-log.ts';
import { answerMail } from '../watch/mail.ts';
import { Metrics, serveMetrics, writeMetrics } from '../watch/metrics.ts';
import { Outbox, type Target } from '../watch/outbox.ts';
import { openQuotaNotices } from '../watch/quota-notices.ts';
import { answerAll } from '../watch/relay.ts';
import { openServiceManager } from '../watch/service-manager.ts';
import { type Sink, SinkQueue } from '../watch/sink.ts';
import { openSinks, openTargets } from '../watch/sinks.ts';
import { answerWritable } from '../watch/writable.ts';
import { zoneOf } from '../zone.ts';
import { followedLogs } from './followed-logs.ts';
import { testMail, watchOnce } from './watch-once.ts';

export interface WatchOptions {
  once?: boolean;
  testMail?: boolean;
  metrics?: string;
  runHook?: boolean;
  runWritable?: boolean;
  runSendmail?: boolean;
}

/** Milliseconds: for what is under way when it is stopped, and between attempts to write to a full disk. */
const [LAST_MINUTE, DISK_PAUSE] = [15_000, 5000];
const METRICS_EVERY = 15_000;
const FORENSIC: Target = { sink: FORENSIC_SINK, to: '', gather: 0 };

/** Tells what became of sessions, by mail, to commands and to other machines; until it is stopped. */
export async function watch(context: Context, files: readonly string[], options: WatchOptions): Promise<void> {
  const { host, say, typed } = context;
  if (host.sysroot !== '') throw refused('nothing happens on an image', 'sudo sftpjail watch');
  if (files.length > 0 && !options.once)
    throw wrongUsage('files are read with --once only', `sftpjail ${typed} --once`);
  const address = options.metrics === undefined ? null : parseAddress(options.metrics);
  if (options.runHook) return answerHook(context);
  if (options.runSendmail) return say.result(JSON.stringify(await answerMail(context.config, await question())));
  if (options.runWritable) return answerAll((question) => answerWritable(host, context.config, question));
  if (context.options.dryRun && !options.once)
    throw wrongUsage('watch has no plan that could be shown', 'sftpjail watch --once --dry-run');
  if (options.testMail) return testMail(context);
  const sinks = openSinks(host, context.config, readTemplate);
  if (options.once) return watchOnce(context, files, sinks);
  return follow(context, sinks, address);
}

function parseAddress(text: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^\[?([0-9a-fA-F.:]+|localhost)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw wrongUsage(`${JSON.stringify(text)} is not an address`, 'use the form 127.0.0.1:9810');
  return { host, port: Number(port) };
}

/** For the unit that runs hooks: the event is on standard input, which is a socket, as standard output is. */
async function answerHook({ config, say }: Context): Promise<void> {
  say.result(await answerRelay(config, await question()));
}

/** What a unit that is there for one question is asked. */
async function question(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function follow(
  context: Context,
  sinks: readonly Sink[],
  address: { host: string; port: number } | null,
): Promise<void> {
  const { config, say } = context;
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
  refuseForeignFolder();
  const outbox = new Outbox(WATCH_FOLDER);
  const { first, most, for: whole } = config.watch.retry;
  const retry = { first: millisecondsOf(first), most: millisecondsOf(most), for: millisecondsOf(whole) };
  const forensics = config.forensic.enabled ? openForensics(config, say.warn) : null;
  const queues = [...sinks, ...(forensics ? [forensics.sink] : [])].map(
    (sink) => new SinkQueue(sink, outbox, retry, say.warn),
  );
  const manager = openServiceManager();
  const metrics = new Metrics();
  const server = address && (await serveMetrics(address.host, address.port, () => metrics.text(queues)));
  const { metricsFile } = config.watch;
  const writing =
    metricsFile === null
      ? undefined
      : setInterval(() => attempt(say.warn, () => writeMetrics(metricsFile, metrics.text(queues))), METRICS_EVERY);
  const ledger = config.ledger.enabled ? keepLedgerOf(context, stop.signal) : undefined;
  try {
    await tell(context, { outbox, queues, metrics, forensics }, async () => manager.tell('READY=1'), stop.signal);
  } finally {
    stop.abort();
    await ledger;
    await manager.tell('STOPPING=1');
    clearInterval(writing);
    server?.close();
    await Promise.all(queues.map((queue) => queue.end(LAST_MINUTE)));
    await forensics?.close();
    outbox.close();
    manager.close();
  }
}

interface Tellers {
  outbox: Outbox;
  queues: readonly SinkQueue[];
  metrics: Metrics;
  /** What is held in memory, where it is. */
  forensics: Forensics | null;
}

/** Hands on what was left, then what comes, until the signal says to stop. */
async function tell(
  context: Context,
  { outbox, queues, metrics, forensics }: Tellers,
  onReady: () => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { config, say } = context;
  const targetsOf = openTargets(config, say.warn);
  const byName = new Map(queues.map((queue) => [queue.sink.name, queue]));
  for (const delivery of [...outbox.deliveries]) {
    const queue = byName.get(delivery.sink);
    if (queue) queue.add(delivery);
    else {
      say.warn(`${delivery.id} cannot be told to ${delivery.sink}, which is not configured any more`);
      outbox.done(delivery);
    }
  }
  const isInJournal = config.watch.sshd === 'journal';
  const logs = followedLogs(context).slice(0, isInJournal ? 1 : undefined);
  const follower = await openFollower({
    journal: isInJournal ? config.uids : null,
    ...{ logs, position: outbox.position, timezone: zoneOf(config.log.timezone), detail: config.log.detail },
    tells: { uploads: isAsked(config, 'upload-completed'), touches: config.share.writable },
    ...{ isTold: (id) => outbox.isTold(id), warn: say.warn },
    ...(forensics && { onEntry: forensics.see }),
  });
  const notices = config.ledger.enabled
    ? openQuotaNotices(
        config,
        {
          isReady: () => outbox.position !== null,
          keep(event) {
            const id = `${event.event} ${event.id}`;
            if (outbox.isTold(id)) return;
            const wanted = [{ event, targets: targetsOf(event) }].filter(({ targets }) => targets.length > 0);
            for (const delivery of outbox.keepBeside(wanted, [id])) byName.get(delivery.sink)?.add(delivery);
          },
        },
        say.warn,
      )
    : null;
  await onReady();
  say.note(`sftpjail: watching ${[...logs, ...(isInJournal ? [JOURNAL] : [])].join(', ')}`);
  try {
    for await (const batch of follower.batches(stop)) {
      metrics.see(batch);
      for (const { log, from, to } of batch.gaps)
        say.warn(`lines of ${log} from ${from} to ${to} were gone before they were read`);
      const events = [
        ...eventsOf(batch, hostname()).map((event) => ({ event, targets: targetsOf(event) })),
        ...(forensics?.eventsOf(batch) ?? []).map((event) => ({ event, targets: [] })),
      ].map(({ event, targets }) => ({ event, targets: forensics?.isMeant(event) ? [...targets, FORENSIC] : targets }));
      const wanted = events.filter(({ targets }) => targets.length > 0);
      const kept = await persistently(say.warn, stop, () => outbox.keep(wanted, batch));
      for (const delivery of kept ?? []) byName.get(delivery.sink)?.add(delivery);
    }
  } finally {
    await notices?.close();
    await follower.close();
  }
}

/** Reads the logs for itself: what a database cannot take now keeps no mail waiting. */
async function keepLedgerOf(context: Context, stop: AbortSignal): Promise<void> {
  const { keepLedger } = await import('../ledger/import/always.ts');
  const { config, say } = context;
  await keepLedger(
    config,
    { logs: followedLogs(context), timezone: zoneOf(config.log.timezone), warn: say.warn },
    stop,
  );
}

/** What is not kept is not read either: the log waits for the disk. @returns null where it was stopped before */
async function persistently<Result>(
  warn: (text: string) => void,
  stop: AbortSignal,
  act: () => Result,
): Promise<Result | null> {
  for (;;) {
    try {
      return act();
    } catch (error) {
      warn(`cannot write to ${WATCH_FOLDER}: ${reasonOf(error)}`);
      if (stop.aborted) return null;
      await sleep(DISK_PAUSE, undefined, { signal: stop }).catch(() => {});
    }
  }
}

const isAsked = ({ hooks, webhooks }: Config, event: EventName): boolean =>
  hooks[event] !== null || webhooks.some(({ on }) => on.includes(event));

function attempt(warn: (text: string) => void, act: () => void): void {
  try {
    act();
  } catch (error) {
    warn(reasonOf(error));
  }
}

/** What root leaves in the service's folder the service cannot write to. */
function refuseForeignFolder(): void {
  const owner = existsSync(WATCH_FOLDER) ? lstatSync(WATCH_FOLDER).uid : process.getuid?.();
  if (owner !== process.getuid?.())
    throw refused(
      `${WATCH_FOLDER} is another user's: the service does this already`,
      'systemctl status sftpjail-watch',
    );
}
