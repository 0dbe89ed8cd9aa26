import { RSYSLOG_DROP_IN } from '../conf/rsyslog.ts';
import type { RsyslogHost } from '../conf/rsyslog-host.ts';
import { parseRsyslogStatements } from '../conf/rsyslog-statements.ts';
import { readIncluded } from '../host/included.ts';
import { readRsyslogHost } from '../host/look.ts';
import { textOrNull } from '../host/read.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';

export interface SeenRates {
  reduction: RsyslogHost['repeatedMsgReduction'];
  /** Inputs of log sockets, in all of rsyslog's files that we know of. */
  inputs: readonly { file: string; line: number; socket: string; interval: string | undefined }[];
  sockets: readonly string[];
  restart: string;
}

export const rates = checkOf<SeenRates>({
  name: 'rates',
  about: 'no limit of rate, and no "message repeated", takes lines out of the log',
  look({ host, tools, services }) {
    const known = ['/etc/rsyslog.conf'].map((file) => ({ file, text: textOrNull(host.followed(file)) ?? '' }));
    const texts = [...known, ...readIncluded(host, '/etc/rsyslog.d/*.conf')];
    const inputs = texts.flatMap(({ file, text }) =>
      parseRsyslogStatements(text).flatMap((statement) =>
        statement.kind === 'object' && statement.name === 'input' && statement.params.has('socket')
          ? [
              {
                file,
                line: statement.line,
                socket: statement.params.get('socket') ?? '',
                interval: statement.params.get('ratelimit.interval'),
              },
            ]
          : [],
      ),
    );
    const restart = services.kind === 'systemd' ? 'systemctl restart rsyslog.service' : 'service rsyslog restart';
    return { reduction: readRsyslogHost(host).repeatedMsgReduction, inputs, sockets: tools.sockets(), restart };
  },
  judge: judgeRates,
});

const DROPPED = 'lines beyond the limit are dropped, and with them uploads from the record (imuxsock.c)';

export function judgeRates({ reduction, inputs, sockets, restart }: SeenRates): Verdict[] {
  const ours = new Set(sockets);
  const disable = (file: string, line: number): string[] => [`sed -i '${line}s/^/#/' ${shellQuote(file)}`, restart];
  return [
    ...(reduction?.on && reduction.afterOurs
      ? [
          {
            severity: 'error',
            what: `${reduction.file}:${reduction.line}: $RepeatedMsgReduction on is read after our drop-in`,
            why: '"message repeated N times" leaves the log of the jails, and figures become wrong (ruleset.c)',
            remedy: disable(reduction.file, reduction.line),
          } satisfies Verdict,
        ]
      : []),
    ...inputs
      .filter(({ socket }) => ours.has(socket))
      .flatMap(({ file, line, socket, interval }): Verdict[] => {
        if (file !== RSYSLOG_DROP_IN)
          return [
            {
              severity: 'error',
              what: `${file}:${line} reads ${socket} too`,
              why: 'rsyslogd takes the first input that names a socket, with its own rate limit and rules (imuxsock.c)',
              advice: `remove that input, then ${restart}`,
            },
          ];
        if (interval === undefined || interval === '0') return [];
        return [
          {
            severity: 'error',
            what: `${file}:${line} limits the rate of ${socket} (RateLimit.Interval ${interval})`,
            why: DROPPED,
            ...MENDED_BY_INIT,
          },
        ];
      }),
  ];
}
