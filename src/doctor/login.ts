import { type Finding, toFinding, type Verdict } from './finding.ts';

export const LOGIN = 'login';

/** What became of a login over loopback. */
export interface SeenLogin {
  log: string;
  /** Why no account could be made. */
  notMade: string | null;
  /** Why the client could not log in and upload. */
  notUploaded: string | null;
  /** The line of the upload came into the log. */
  arrived: boolean;
  /** What could not be taken away again: the account, and why. */
  left: { name: string; why: string } | null;
}

export const findLogin = (seen: SeenLogin): Finding[] => judgeLogin(seen).map((verdict) => toFinding(LOGIN, verdict));

export function judgeLogin({ log, notMade, notUploaded, arrived, left }: SeenLogin): Verdict[] {
  const why = 'it was done as a customer does it, with the real client over loopback';
  const trouble = ((): Verdict | null => {
    if (notMade !== null)
      return {
        severity: 'error',
        what: `no account could be made: ${notMade}`,
        why: 'add-user would fail as well',
        advice: 'mend what is named',
      };
    if (notUploaded !== null)
      return {
        severity: 'error',
        what: `a new customer could not log in and upload: ${notUploaded}`,
        why,
        advice: 'see: sftpjail doctor sshd logins root; and what sshd says in its log',
      };
    if (!arrived)
      return {
        severity: 'error',
        what: `an upload is not in ${log}`,
        why: `${why}, and is not on record`,
        advice: 'see: sftpjail doctor --probe',
      };
    return null;
  })();
  return [
    ...(trouble ? [trouble] : []),
    ...(left
      ? [
          {
            ...{ severity: 'error', what: `${left.name} could not be removed again: ${left.why}`, user: left.name },
            why: 'it was made for a login or two; the key that opens it is gone',
            remedy: [`sftpjail remove-user ${left.name} --delete-data --yes`],
          } satisfies Verdict,
        ]
      : []),
  ];
}
