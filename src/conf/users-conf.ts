import type { OperatorError } from '../errors.ts';
import { parseFolderPath, parsePassword, parsePasswordHash, parseUid, parseUserName } from '../spec.ts';
import { type Complaint, judgeTogether, type Manifest, type ManifestUser, type Place } from './manifest.ts';

/**
 * Reads lines `user:pass[:e][:uid[:gid[:dir1[,dir2]...]]]`, as the atmoz/sftp image does. Folders are made below the data
 * folder, where a session begins; the gid is not taken over, because the group of every account is ours.
 */
export function parseUsersConf(text: string, file: string): Manifest {
  const complaints: Complaint[] = [];
  let gids = 0;
  const users = text.split(/\r?\n/).flatMap((line, index): ManifestUser[] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const fields = fieldsOf(line);
    const placeOf = (column: number): Place => `${file}:${index + 1}:${column}`;
    const user = userIn(fields, placeOf, complaints);
    if (user !== null && fields.gid.text !== '') gids++;
    return user === null ? [] : [user];
  });
  const notes = gids > 0 ? [`the gids of ${gids} lines are not taken over: the group of every account is ours`] : [];
  return { users, keys: [], complaints: [...complaints, ...judgeTogether(users)], notes };
}

interface Field {
  text: string;
  /** Where it begins in its line, from 1. */
  column: number;
}

interface Fields {
  count: number;
  isHashed: boolean;
  name: Field;
  password: Field;
  uid: Field;
  gid: Field;
  folders: Field;
  /** What should not be there. */
  rest: Field | undefined;
}

function fieldsOf(line: string): Fields {
  let column = 1;
  const all = line.split(':').map((text): Field => {
    const field = { text, column };
    column += text.length + 1;
    return field;
  });
  const none: Field = { text: '', column: line.length + 1 };
  const isHashed = all[2]?.text === 'e';
  const [name = none, password = none, ...others] = all;
  const [uid = none, gid = none, folders = none, rest] = isHashed ? others.slice(1) : others;
  return { count: all.length, isHashed, name, password, uid, gid, folders, rest };
}

function userIn(fields: Fields, placeOf: (column: number) => Place, complaints: Complaint[]): ManifestUser | null {
  const before = complaints.length;
  const complain = (field: Field, message: string) => complaints.push({ place: placeOf(field.column), message });
  const judged = <Value>(field: Field, parse: (text: string) => Value): Value | undefined => {
    try {
      return parse(field.text);
    } catch (error) {
      const { message, hint } = error as OperatorError;
      complain(field, hint === undefined ? message : `${message}; ${hint}`);
      return undefined;
    }
  };
  const { isHashed, password, uid, gid, rest } = fields;
  const name = judged(fields.name, parseUserName);
  if (fields.count < 2) complain(fields.password, 'lacks a password; for none, end the name with a colon');
  if (rest !== undefined) complain(rest, 'too many fields; use user:pass[:e][:uid[:gid[:dir1[,dir2]...]]]');
  if (!/^\d*$/.test(gid.text)) complain(gid, 'expects a gid as a number');
  const secret = password.text === '' ? undefined : judged(password, isHashed ? parsePasswordHash : parsePassword);
  const number = uid.text === '' ? undefined : judged(uid, parseUid);
  const folders = foldersIn(fields.folders).map((field) => judged(field, parseFolderPath));
  if (name === undefined || complaints.length > before) return null;
  return {
    place: placeOf(1),
    name,
    ...(secret !== undefined && { [isHashed ? 'passwordHash' : 'password']: secret }),
    ...(number !== undefined && { uid: number }),
    ...(folders.length > 0 && { folders: folders.filter((folder) => folder !== undefined) }),
  };
}

function foldersIn({ text, column }: Field): Field[] {
  let at = column;
  return text === ''
    ? []
    : text.split(',').map((folder): Field => {
        const field = { text: folder, column: at };
        at += folder.length + 1;
        return field;
      });
}
