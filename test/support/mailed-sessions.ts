import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import type { Machine } from './machine.ts';
import type { Receivers } from './receivers.ts';

interface Hardship {
  sessions: number;
  /** Rotations in the meantime, compression included. */
  rotations: number;
  /** Milliseconds that the daemon lives each time, until it is killed. */
  killEvery: number;
}

interface Mailed {
  /** Sessions of which no mail came. */
  missing: number[];
  /** Sessions of which mails with different ids came. */
  ambiguous: number[];
  mails: number;
  refused: number;
  kills: number;
}

/** Sessions of a customer, four at a time, while half of all mail is refused; then waits until each is mailed. */
export async function mailedSessions(
  machine: Machine,
  clients: Clients,
  receivers: Receivers,
  user: string,
  { sessions, rotations, killEvery }: Hardship,
): Promise<Mailed> {
  await receivers.refuse(0.5);
  const before = { mails: (await receivers.mails()).length, attempts: (await receivers.attempts()).length };
  let isOver = false;
  let kills = 0;
  const killing = (async () => {
    for (; !isOver; kills++) {
      await machine.sh('until systemctl is-active --quiet sftpjail-watch; do sleep 0.05; done');
      await sleep(killEvery);
      await machine.attempt('systemctl', ['kill', '--signal', 'KILL', 'sftpjail-watch']);
    }
  })();
  let rotated = 0;
  for (let number = 0; number < sessions; number += 4) {
    await Promise.all([0, 1, 2, 3].map((more) => clients.sftpBatch(user, [`put /etc/hostname n${number + more}`])));
    if (number >= ((rotated + 0.5) * sessions) / rotations && rotated++ < rotations)
      await machine.run('logrotate', ['--force', '/etc/logrotate.d/sftpjail']);
  }
  isOver = true;
  await killing;
  const idsOf = new Map<number, Set<string>>();
  let mails = 0;
  // 60 s in which none comes mean that none comes any more.
  for (let quiet = 0; quiet < 300 && idsOf.size < sessions; quiet++, await sleep(200)) {
    const all = (await receivers.mails()).slice(before.mails);
    if (all.length > mails) quiet = 0;
    mails = all.length;
    for (const { text = '', messageId = '' } of all) {
      const [, number] = /\/data\/n(\d+)/.exec(text) ?? [];
      if (number) idsOf.set(Number(number), (idsOf.get(Number(number)) ?? new Set()).add(messageId));
    }
  }
  await receivers.refuse(0);
  const numbers = Array.from({ length: sessions }, (_, number) => number);
  const attempts = (await receivers.attempts()).slice(before.attempts);
  return {
    missing: numbers.filter((number) => !idsOf.has(number)),
    ambiguous: numbers.filter((number) => (idsOf.get(number)?.size ?? 0) > 1),
    ...{ mails, kills, refused: attempts.filter(({ refuses }) => refuses).length },
  };
}
