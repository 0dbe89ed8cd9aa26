import type { Session, SessionChange, Transfer } from '../log/session.ts';
import { type Cell, csvCells, csvRow } from './csv.ts';

const SESSION = 'session,host,user,ip,port,method,key_type,fingerprint,opened,closed,end,omitted';
const ACTION =
  'n,kind,action,path,path_cut,target,detail,bytes_read,bytes_written,status,exact,copy,error,action_opened,action_closed';

/** The names of the columns (RFC 4180, 2.3). */
export const CSV_HEADER = `${SESSION},${ACTION}\r`;

/**
 * One row a transfer or change, in the order of their ranks, each with its session's columns; a session with neither is
 * a row whose `kind` is empty. Cells are as csvRow writes them.
 */
export function sessionCsv(session: Session): string[] {
  const { id, host, user, client, login, opened, closed, end, omitted, transfers, changes } = session;
  const own = csvCells([
    ...[id, host, user, client.ip, client.port, login?.method, login?.keyType, login?.fingerprint],
    ...[opened, closed, end, omitted ?? 0],
  ]);
  const actions = [
    ...transfers.map((transfer) => ({ n: transfer.n, cells: transferCells(transfer) })),
    ...changes.map((change) => ({ n: change.n, cells: changeCells(change) })),
  ].sort((one, other) => one.n - other.n);
  const rows = actions.length > 0 ? actions.map(({ cells }) => cells) : [ACTION.split(',').map(() => null)];
  return rows.map((cells) => `${own},${csvRow(cells)}`);
}

const transferCells = (transfer: Transfer): Cell[] => {
  const { n, direction, path, pathCut, bytesRead, bytesWritten, status, exact, copy, error, opened, closed } = transfer;
  return [
    ...[n, 'transfer', direction, path, pathCut ?? false, null, null],
    ...[bytesRead, bytesWritten, status, exact, copy, error, opened, closed],
  ];
};

const changeCells = (change: SessionChange): Cell[] => {
  const { n, at, action, path, pathCut, target, status, error } = change;
  return [
    ...[n, 'change', action, path, pathCut ?? false, target, detailOf(change)],
    ...[null, null, status, null, null, error, at, at],
  ];
};

/** What was set, which request was refused, or between which readings the log does not decide. */
function detailOf({ set, request, readings }: SessionChange): string | undefined {
  if (set)
    return Object.entries(set)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
  return request ?? readings?.map(({ path, target }) => `${path} -> ${target}`).join(' or ');
}
