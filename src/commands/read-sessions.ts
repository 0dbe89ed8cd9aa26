import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import type { Session } from '../log/session.ts';

export interface SessionSelection {
  files: string[];
  since?: number;
  until?: number;
  user?: string;
}

export async function readSessions(
  _context: Context,
  _selection: SessionSelection,
  _onSession: (session: Session) => void,
): Promise<void> {
  throw refused('logs cannot be read yet');
}
