import {
  renderSendmailSocketUnit,
  renderSendmailUnit,
  renderWritableSocketUnit,
  renderWritableUnit,
  SENDMAIL_SOCKET_NAME,
  SENDMAIL_SOCKET_UNIT,
  SENDMAIL_UNIT,
  WRITABLE_NAME,
  WRITABLE_SOCKET_NAME,
  WRITABLE_SOCKET_UNIT,
  WRITABLE_UNIT,
} from '../conf/helpers.ts';
import type { Templates } from '../conf/template.ts';
import type { Config } from '../config.ts';
import type { HostFacts } from './facts.ts';
import type { Wish } from './wish.ts';

/** A unit that does for the daemon what takes other rights, and is started through its socket. */
interface Helper {
  socket: string;
  /** The service, where it is one and not one for each question. */
  service: string | null;
  isWanted(config: Config): boolean;
  files(facts: HostFacts, templates: Templates, user: string): { at: string; content: string }[];
}

const writable: Helper = {
  socket: WRITABLE_SOCKET_NAME,
  service: WRITABLE_NAME,
  isWanted: ({ watch, share }) => watch.enabled && share.writable,
  files: ({ config, self }, templates, user) => [
    { at: WRITABLE_SOCKET_UNIT, content: renderWritableSocketUnit(templates(WRITABLE_SOCKET_UNIT), user) },
    { at: WRITABLE_UNIT, content: renderWritableUnit(templates(WRITABLE_UNIT), { self, root: config.root }) },
  ],
};

const sendmail: Helper = {
  socket: SENDMAIL_SOCKET_NAME,
  service: null,
  isWanted: ({ watch, mail }) => watch.enabled && mail.sendmail !== null,
  files: ({ self }, templates, user) => [
    { at: SENDMAIL_SOCKET_UNIT, content: renderSendmailSocketUnit(templates(SENDMAIL_SOCKET_UNIT), user) },
    { at: SENDMAIL_UNIT, content: renderSendmailUnit(templates(SENDMAIL_UNIT), { self, user }) },
  ],
};

const HELPERS: readonly Helper[] = [writable, sendmail];

/** Names of sockets by which a helper is known to be installed. */
export const HELPER_SOCKETS: readonly string[] = HELPERS.map(({ socket }) => socket);

/** The sockets that the daemon wants to be there. */
export const helperSockets = (config: Config): string[] =>
  HELPERS.filter(({ isWanted }) => isWanted(config)).map(({ socket }) => socket);

/** @param user the daemon's */
export const wantHelpers = (facts: HostFacts, templates: Templates, user: string): Wish[] =>
  HELPERS.filter(({ isWanted }) => isWanted(facts.config)).flatMap((each) => unitsOf(each, facts, templates, user));

/** Those that are there and nobody will ask any more. */
export const unwantedHelpers = (facts: HostFacts, templates: Templates, user: string): Wish[] =>
  HELPERS.filter(({ isWanted, socket }) => !isWanted(facts.config) && facts.helpers.includes(socket)).flatMap((each) =>
    unitsOf(each, facts, templates, user),
  );

function unitsOf({ socket, service, files }: Helper, facts: HostFacts, templates: Templates, user: string): Wish[] {
  const units = files(facts, templates, user);
  const reads = units.map(({ at }) => at);
  const sync = (at: string, way: 'in' | 'out'): Wish => ({ kind: 'sync', at, state: { way, reads } });
  return [
    sync('systemd', 'out'),
    ...units.map(
      ({ at, content }): Wish => ({
        kind: 'file',
        at,
        state: { owner: 'root', group: 'root', mode: '0644', content },
      }),
    ),
    ...(service === null ? [] : [sync(service, 'out')]),
    sync(socket, 'out'),
    sync('systemd', 'in'),
    sync(socket, 'in'),
  ];
}
