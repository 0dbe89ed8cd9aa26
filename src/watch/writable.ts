import { WRITABLE_SOCKET } from '../conf/helpers.ts';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { accountsOf } from '../host/look.ts';
import { type Register, readRegister } from '../host/register.ts';
import { widen } from '../host/widen.ts';
import { unescapeBytes } from '../log/escape.ts';
import { adminView, hostPath, jailView } from '../log/host-path.ts';
import type { Account } from '../plan/facts.ts';
import type { PathTouched } from './event.ts';
import { OUTBOX_FILE } from './outbox.ts';
import { type RecordPlace, readRecord } from './record-file.ts';
import { type Answer, ask, hasUnit } from './relay.ts';
import type { Sink } from './sink.ts';

const PATIENCE = 60_000;

/** What is asked for: an event, by its id, and where it stands. What it is about is read there. */
interface Question {
  id: string;
  place: RecordPlace;
}

/** Has the group of what customers uploaded get its bits. */
export const openWritable = (host: Host, config: Config): Sink => ({
  name: 'writable',
  concurrency: 4,
  gather: null,
  async deliver(_events, { id, parts }, signal) {
    for (const { place } of parts) {
      const question: Question = { id, place };
      const isHere = !hasUnit(WRITABLE_SOCKET) && process.getuid?.() === 0;
      const answer = isHere
        ? answerWritable(host, config, JSON.stringify(question))
        : await ask(WRITABLE_SOCKET, question, PATIENCE, signal);
      const { failure } = answer ?? { failure: 'ended without a word' };
      if (failure !== null) throw new Error(failure);
    }
  },
});

/** For the unit that does it. */
export function answerWritable(host: Host, config: Config, question: string): Answer {
  try {
    const { id, place } = JSON.parse(question) as Question;
    const { event } = readRecord(OUTBOX_FILE, place) as { event: PathTouched };
    if (event.event !== 'path-touched' || `${event.event} ${event.id}` !== id)
      throw new Error(`${id} does not stand at byte ${place.offset} any more`);
    const register = readRegister(host);
    for (const { top, names, owner } of placesOf(config, register, event))
      widen(top, names, owner, WIDENED[event.touch]);
    return { failure: null };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

const WIDENED = { closed: 'files', made: 'folders', remoded: 'folders', renamed: 'both' } as const;

const BETWEEN = '" new "';

/** The names that a line can mean. Of a rename it is the new one; with a quote in a name there are several readings. */
const namesIn = ({ touch, raw }: PathTouched): string[] =>
  touch === 'renamed' ? [...raw.matchAll(/(?=" new ")/g)].map(({ index }) => raw.slice(index + BETWEEN.length)) : [raw];

/**
 * Where on the host an event was, as far as it is in the data folder of a jail.
 *
 * @returns paths in latin1: names are bytes
 */
export function placesOf(
  config: Config,
  register: Register,
  event: Pick<PathTouched, 'user' | 'touch' | 'raw'>,
): { top: string[]; names: string[]; owner: { uid: number; gid: number } }[] {
  const account = accountIn(config, register, event.user ?? '');
  const gid = register.groups.get(config.groups.files)?.gid;
  if (account === null || account.role === 'readOnly' || gid === undefined) return [];
  const { root, data } = config;
  const jails = { root, data, admins: new Set<string>(), customers: new Set<string>() };
  const view = account.role === 'admin' ? adminView(jails) : jailView(jails, account.name);
  return namesIn(event as PathTouched).flatMap((raw) => {
    const path = unescapeBytes(raw).toString('latin1');
    const [jail = '', folder, ...names] = hostPath(view, path)
      .slice(root.length + 1)
      .split('/');
    const isJail =
      account.role !== 'admin' || ![null, 'admin'].includes(accountIn(config, register, jail)?.role ?? null);
    if (!isJail || folder !== data || path.includes('\0')) return [];
    return [{ top: [root, jail, data], names, owner: { uid: account.uid, gid } }];
  });
}

function accountIn(config: Config, register: Register, name: string): Account | null {
  const user = register.users.get(name);
  if (user === undefined) return null;
  return accountsOf(config, { ...register, users: new Map([[name, user]]) })[0] ?? null;
}
