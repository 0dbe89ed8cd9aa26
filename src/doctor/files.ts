import { OperatorError } from '../errors.ts';
import { daemonFolder } from '../host/daemon-folder.ts';
import { directory } from '../host/directory.ts';
import { file } from '../host/file.ts';
import type { Host } from '../host/host.ts';
import type { KindOnHost } from '../host/kind.ts';
import { lstatOrNull } from '../host/read.ts';
import { symlink } from '../host/symlink.ts';
import { openTemplates } from '../host/templates.ts';
import type { Kind } from '../plan/change.ts';
import { unwantedUnits } from '../plan/host.ts';
import { satisfies, type Wish } from '../plan/wish.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';

/** A thing of ours: what of it differs, or why it cannot be looked at. */
export interface SeenThing {
  kind: string;
  at: string;
  differs: 'missing' | 'unwanted' | readonly string[];
  refusal: OperatorError | null;
}

/** What of ours stands on a disk. */
const STANDING = { daemonFolder, directory, file, symlink } as const;
type Standing = Wish<keyof typeof STANDING>;
const isStanding = (wish: Wish): wish is Standing => wish.kind in STANDING;

export const files = checkOf<SeenThing[]>({
  name: 'files',
  about: 'every file, folder, unit, group and shared folder of ours is as it was made',
  async look({ host, services, facts, wishes, register, mounts, needsLayout }) {
    needsLayout();
    const isImage = services.kind === 'image';
    const points = new Set(mounts().map(({ point }) => point));
    const known = await facts();
    const wanted = await wishes();
    const groups = register().groups;
    return [
      ...wanted.flatMap(({ kind, at }): SeenThing[] => {
        const isMissing =
          (kind === 'group' && !groups.has(at)) || (kind === 'mount' && !isImage && !points.has(host.path(at)));
        return isMissing ? [{ kind, at, differs: 'missing', refusal: null }] : [];
      }),
      ...wanted.filter(isStanding).flatMap((wish) => seenThing(host, wish)),
      ...unwantedUnits(known, openTemplates()).flatMap(({ kind, at }): SeenThing[] =>
        kind === 'symlink' && lstatOrNull(host.path(at)) !== null
          ? [{ kind, at, differs: 'unwanted', refusal: null }]
          : [],
      ),
    ];
  },
  judge: (things) => things.map(judgeThing),
});

function seenThing(host: Host, { kind, at, state }: Standing): SeenThing[] {
  try {
    const found = (STANDING[kind] as KindOnHost<Kind>).read(host, at, state) as Record<string, unknown> | null;
    if (satisfies(found, state)) return [];
    if (found === null) return [{ kind, at, differs: 'missing', refusal: null }];
    const keys = Object.entries(state).filter(([key, value]) => found[key] !== value);
    const differs = keys.map(([key, value]) =>
      key === 'content' ? 'content' : `${key} ${found[key]} instead of ${value}`,
    );
    return [{ kind, at, differs, refusal: null }];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [{ kind, at, differs: [], refusal: error }];
  }
}

export function judgeThing({ kind, at, differs, refusal }: SeenThing): Verdict {
  const why = 'sshd, rsyslog, logrotate or systemd are told something else than what was wanted';
  if (refusal) return { severity: 'error', what: refusal.message, why, advice: refusal.hint ?? null };
  if (differs === 'unwanted')
    return {
      severity: 'error',
      what: `${at} starts a unit that is not wanted any more`,
      why: 'one of a socket that nobody reads makes the sessions in its jail hang',
      ...MENDED_BY_INIT,
    };
  const what = differs === 'missing' ? `the ${kind} ${at} is missing` : `${at} differs: ${differs.join(', ')}`;
  return { severity: 'error', what, why: `${why}: sftpjail render-config --diff`, ...MENDED_BY_INIT };
}
