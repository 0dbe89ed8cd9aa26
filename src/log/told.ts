import type { AcceptedRecord, LoginRecord, OpenedRecord, Session, TouchRecord, UploadRecord } from './session.ts';
import type { Settled } from './settled.ts';

/** Who is told what the lines of a log come to. */
export interface Told {
  onSession(session: Session): void;
  /** In place of it, for who does not need a session as values: it is good until this returns. */
  onSettled?(settled: Settled): void;
  onLogin(login: LoginRecord): void;
  /** A session has begun before its first line. */
  onOrphan?(): void;
  /** A session begins, or somebody was let in: as far as it is known by then. */
  onOpened?(opened: OpenedRecord): void;
  onAccepted?(login: AcceptedRecord): void;
  /** The same of what a session does, while it goes on. */
  onUpload?(upload: UploadRecord): void;
  onTouch?(touch: TouchRecord): void;
}
