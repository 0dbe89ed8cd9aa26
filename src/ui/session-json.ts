import type { Session, SessionChange, Transfer } from '../log/session.ts';
import { jsonLine } from './json-line.ts';

/** What stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * What `jsonLine` says of a session, byte for byte, in a third of its time: a large log is mostly transfers and changes
 * that all have the same few fields. One that has others is left to `jsonLine`.
 */
export function sessionJson({ transfers, changes, totals, omitted, ...head }: Session): string {
  let text = `${jsonLine(head).slice(0, -1)},"transfers":[`;
  for (let index = 0; index < transfers.length; index++)
    text += `${index === 0 ? '' : ','}${transferJson(transfers[index] as Transfer)}`;
  text += '],"changes":[';
  for (let index = 0; index < changes.length; index++)
    text += `${index === 0 ? '' : ','}${changeJson(changes[index] as SessionChange)}`;
  return `${text}],"totals":${jsonLine(totals)}${omitted === undefined ? '' : `,"omitted":${omitted}`}}`;
}

function transferJson(transfer: Transfer): string {
  const { n, direction, path, pathRaw, pathCut, bytesRead, bytesWritten, status, error, exact, copy } = transfer;
  if (pathRaw !== undefined || pathCut !== undefined || error !== undefined || copy !== undefined)
    return jsonLine(transfer);
  return `{"n":${n},"direction":"${direction}","path":${quoted(path)},"bytesRead":${counted(bytesRead)},"bytesWritten":${counted(bytesWritten)},"status":"${status}","exact":${exact},"opened":${stamped(transfer.opened)},"closed":${stamped(transfer.closed)}}`;
}

function changeJson(change: SessionChange): string {
  const { n, at, action, path, pathRaw, pathCut, target, readings, set, request, status, error } = change;
  const isLong = pathRaw !== undefined || pathCut !== undefined || error !== undefined || request !== undefined;
  if (isLong || readings !== undefined || path === null) return jsonLine(change);
  const targetJson = target === undefined ? '' : `,"target":${quoted(target)}`;
  const setJson = set === undefined ? '' : `,"set":${JSON.stringify(set)}`;
  return `{"n":${n},"at":"${at}","action":"${action}","path":${quoted(path)},"status":"${status}"${targetJson}${setJson}}`;
}

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : jsonLine(text));

/** A number of hundreds of digits is Infinity, of which JSON knows nothing. */
const counted = (bytes: number | null): number | null => (bytes === Infinity ? null : bytes);

/** It consists of digits and what stands between them. */
const stamped = (stamp: string | null): string => (stamp === null ? 'null' : `"${stamp}"`);
