import type { RawName } from './names.ts';
import type { Pattern } from './pattern.ts';
import type { ChangeAction, SessionChange, SetAttributes } from './session.ts';
import type { SftpKind } from './sftp-messages.ts';
import { type Stamp, stampText } from './stamp.ts';
import { readOneOrTwo, type TwoPaths } from './two-paths.ts';

const NO_PATHS: TwoPaths = { path: null };

/** What a line says that a session changed, or tried to; the `SessionChange` is made of it when it is wanted. */
export class ChangeRecord {
  n: number;
  readonly at: Stamp;
  readonly action: ChangeAction;
  /** The name, or both with what stands between them; null where the line has none. */
  readonly raw: RawName | null;
  readonly cut: boolean;
  /** See EntryReader. */
  readonly evidence: number;
  status: SessionChange['status'] = 'unknown';
  error: string | null = null;
  set: SetAttributes | null = null;
  /** Where it is kept, -1 if it is not. */
  place = -1;
  /** Of `refused`. */
  request: string | null = null;

  constructor(n: number, at: Stamp, action: ChangeAction, raw: RawName | null, cut: boolean, evidence = 0) {
    this.n = n;
    this.at = at;
    this.action = action;
    this.raw = raw;
    this.cut = cut;
    this.evidence = evidence;
  }

  get change(): SessionChange {
    const { n, action, raw, cut, request, status, error, set } = this;
    const { path, pathRaw, pathCut, target, readings } = raw === null ? NO_PATHS : readOneOrTwo(action, raw.text, cut);
    const change: SessionChange = {
      ...{ n, at: stampText(this.at), action, path },
      ...(request !== null && { request }),
      status,
    };
    if (pathRaw !== undefined) change.pathRaw = pathRaw;
    if (pathCut) change.pathCut = pathCut;
    if (target !== undefined) change.target = target;
    if (readings) change.readings = readings;
    if (set !== null) change.set = set;
    if (error !== null) change.error = error;
    return change;
  }
}

/** What one `set` line says. */
export function setAttribute(set: SetAttributes, kind: SftpKind, pattern: Pattern, bytes: Buffer): void {
  if (kind === 'setSize') set.size = pattern.number(bytes, 1);
  else if (kind === 'setMode') set.mode = pattern.text(bytes, 1);
  else if (kind === 'setOwner') {
    set.uid = pattern.number(bytes, 1);
    set.gid = pattern.number(bytes, 2);
  } else {
    const time = pattern.text(bytes, 1);
    set.modtime = `${time.slice(0, 4)}-${time.slice(4, 6)}-${time.slice(6, 8)}T${time.slice(9)}Z`;
  }
}

/** An owner is one attribute of two numbers. */
export const attributeCount = (set: SetAttributes | null): number =>
  Object.keys(set ?? {}).length - (set?.gid === undefined ? 0 : 1);
