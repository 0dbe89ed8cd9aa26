import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from './guest.ts';

/** What became of numbered lines: how many were sent, and which are missing in the log or stand there twice. */
interface LinesSent {
  sent: number;
  /** By number, a few of them. */
  missing: number[];
  lost: number;
  twice: number;
  inOrder: boolean;
  /** The longest that one line took to be sent. */
  longestMs: number;
}

/** Sends lines as a customer's internal-sftp would, through the socket in the jail, until it is stopped. */
export async function sendLines(
  guest: Guest,
  user: string,
  text: string,
  perSecond = 200,
): Promise<{ stop(): Promise<LinesSent> }> {
  const ids = (await guest.sh('echo "$(id -u "$1"):$(id -g "$1")"', { args: [user] })).stdout.trim();
  const sender = guest.spawn('/opt/test-support/bin/syslog-rate', [
    `/sftp-root/${user}`,
    ids,
    '0',
    String(perSecond),
    text,
  ]);
  return {
    async stop() {
      sender.kill('SIGTERM');
      const { stdout, stderr } = await sender.done;
      if (stdout === '') throw new Error(`syslog-rate: ${stderr}`);
      const { sent, longestMs } = JSON.parse(stdout) as { sent: number; longestMs: number };
      return { sent, longestMs, ...(await judge(guest, text, sent)) };
    },
  };
}

async function judge(guest: Guest, text: string, sent: number) {
  let numbers = await numbersIn(guest, text);
  // What is still queued is on its way; 20 s of nothing new means that nothing comes any more.
  for (let quiet = 0; quiet < 40 && !numbers.includes(sent); quiet++) {
    await sleep(500);
    const before = numbers.length;
    numbers = await numbersIn(guest, text);
    if (numbers.length > before) quiet = 0;
  }
  const seen = new Set(numbers);
  const missing = Array.from({ length: sent }, (_, index) => index + 1).filter((number) => !seen.has(number));
  return {
    lost: missing.length,
    missing: missing.slice(0, 20),
    twice: numbers.length - seen.size,
    inOrder: numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)),
  };
}

/** The numbers in all generations of the log, the oldest first. */
async function numbersIn(guest: Guest, text: string): Promise<number[]> {
  const { stdout } = await guest.sh(
    'ls -v /var/log/sftp.log* | tac | xargs zcat -f | sed -nE "s/.* internal-sftp\\[[0-9]+\\]:? $1 ([0-9]+)$/\\1/p"',
    { args: [text] },
  );
  return stdout.split('\n').filter(Boolean).map(Number);
}
