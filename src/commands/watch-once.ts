import type { Context } from '../context.ts';
import { OperatorError, reasonOf, refused } from '../errors.ts';
import { readTemplate } from '../host/templates.ts';
import { type Event, sessionClosed, uploadsOf } from '../watch/event.ts';
import { sampleLetter, send } from '../watch/mail.ts';
import type { Target } from '../watch/outbox.ts';
import type { Sink } from '../watch/sink.ts';
import { openTargets } from '../watch/sinks.ts';
import { readSessions } from './read-sessions.ts';

/** Sends administrators a mail as they will get them. */
export async function testMail({ config, say }: Context): Promise<void> {
  const { to, smtp, sendmail } = config.mail;
  const taker = sendmail ?? `${smtp.host}:${smtp.port}`;
  if (to.length === 0) throw refused('nobody gets mail: mail.to is empty', 'edit /etc/sftpjail/config.yaml');
  const letter = sampleLetter(config, readTemplate);
  for (const each of to) {
    try {
      await send(config, each, letter, `test ${Date.now()}`);
    } catch (error) {
      throw refused(
        `${taker} did not take a mail to ${each}: ${reasonOf(error)}`,
        'edit mail in /etc/sftpjail/config.yaml',
      );
    }
    say.note(`A mail to ${each} was taken by ${taker}.`);
  }
}

/** Everything that these logs tell goes to the sinks, once; with --dry-run it is only said what would. */
export async function watchOnce(context: Context, files: readonly string[], sinks: readonly Sink[]): Promise<void> {
  const { config, say, options } = context;
  const targetsOf = openTargets(config, say.warn);
  const byName = new Map(sinks.map((sink) => [sink.name, sink]));
  const wanted: { event: Event; targets: Target[] }[] = [];
  await readSessions(
    context,
    { files },
    {
      onSession(session) {
        for (const event of [...uploadsOf(session), sessionClosed(session)]) {
          const targets = targetsOf(event);
          if (targets.length > 0) wanted.push({ event, targets });
        }
      },
    },
  );
  const failures: string[] = [];
  const deliver = async (event: Event, { sink: name, to }: Target): Promise<void> => {
    const id = `${event.event} ${event.id}`;
    if (options.dryRun) return say.result([name, to, id].filter((word) => word !== '').join(' '));
    try {
      await byName.get(name)?.deliver([event], { id, to, parts: [] }, new AbortController().signal);
    } catch (error) {
      failures.push(`${name}: ${id}: ${reasonOf(error)}`);
    }
  };
  for (const { event, targets } of wanted) await Promise.all(targets.map((target) => deliver(event, target)));
  for (const failure of failures) say.warn(failure);
  const count = wanted.reduce((sum, { targets }) => sum + targets.length, 0);
  if (failures.length > 0)
    throw new OperatorError(
      'refused',
      `${failures.length} of ${count} deliveries failed`,
      'what is told again has the same id',
    );
  if (!options.dryRun) say.note(`${count} deliveries.`);
}
