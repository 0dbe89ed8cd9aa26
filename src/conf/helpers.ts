import type { Self } from '../plan/facts.ts';
import { ownCommand, unitPath } from './systemd.ts';
import { renderTemplate } from './template.ts';

/** What the daemon has done by a unit of its own, because it takes rights that the daemon has not. */
export const WRITABLE_SOCKET_NAME = 'sftpjail-writable.socket';
export const WRITABLE_NAME = 'sftpjail-writable.service';
export const WRITABLE_SOCKET_UNIT = unitPath(WRITABLE_SOCKET_NAME);
export const WRITABLE_UNIT = unitPath(WRITABLE_NAME);
export const WRITABLE_SOCKET = '/run/sftpjail-writable.sock';

/** @param user whom the socket belongs to */
export const renderWritableSocketUnit = (template: string, user: string): string =>
  renderTemplate(template, { socket: WRITABLE_SOCKET, user });

export const renderWritableUnit = (template: string, { self, root }: { self: Self; root: string }): string =>
  renderTemplate(template, {
    command: ownCommand(self, 'watch', '--run-writable'),
    root,
    home: [self.node, self.script, root].some(isBelowHome) ? 'read-only' : 'yes',
  });

const isBelowHome = (path: string): boolean => /^\/(home|root|run\/user)\//.test(path);
