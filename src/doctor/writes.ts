import { lstatSync } from 'node:fs';
import { checkOf } from './check.ts';
import { NotChecked, type Verdict } from './finding.ts';

export interface SeenWrites {
  log: string;
  /** When it was last written to, in milliseconds since 1970; null where there is none. */
  written: number | null;
  /** rsyslogd's own words of the last day, each with its time. */
  said: readonly { at: number; text: string }[];
}

export const writes = checkOf<SeenWrites>({
  name: 'writes',
  about: 'rsyslogd has not failed to write the log since it last wrote to it',
  async look({ host, config, services, needsRunning }) {
    needsRunning();
    if (services.kind !== 'systemd') throw new NotChecked('without systemd there is no journal to ask');
    const args = [
      '--identifier=rsyslogd',
      '--since=-1day',
      '--output=json',
      '--output-fields=MESSAGE',
      '--lines=1000',
      '--no-pager',
      '--quiet',
    ];
    const { code, stdout, stderr } = await host.run('journalctl', args);
    if (code !== 0) throw new NotChecked(`journalctl: ${stderr.trim()}`);
    const found = lstatSync(host.path(config.log.file), { throwIfNoEntry: false });
    return { log: config.log.file, written: found?.mtimeMs ?? null, said: stdout.split('\n').flatMap(wordsIn) };
  },
  judge: judgeWrites,
});

function wordsIn(line: string): SeenWrites['said'] {
  try {
    const { MESSAGE, __REALTIME_TIMESTAMP: stamp } = JSON.parse(line) as Record<string, unknown>;
    return typeof MESSAGE === 'string' ? [{ at: Number(stamp) / 1000, text: MESSAGE }] : [];
  } catch {
    return [];
  }
}

/** omfile names the file that it cannot write or open; an action of which nothing comes is suspended for a while. */
const isFailure = (text: string, log: string): boolean =>
  (text.includes(`'${log}'`) && /error/i.test(text)) || /^action .*suspended/.test(text);

export function judgeWrites({ log, written, said }: SeenWrites): Verdict[] {
  // A write that fails changes the time of the file too, and is told of just after.
  const failures = said.filter(({ at, text }) => at > (written ?? 0) && isFailure(text, log));
  const last = failures.at(-1);
  if (last === undefined) return [];
  return [
    {
      severity: 'error',
      what: `rsyslogd failed ${failures.length === 1 ? 'once' : `${failures.length} times`} to write since ${log} was last written: ${last.text}`,
      why: 'what it could not write is lost',
      advice: `make sure that it can be written (df -h ${log}; ls -l ${log}), then let lines arrive: sftpjail doctor --probe`,
    },
  ];
}
