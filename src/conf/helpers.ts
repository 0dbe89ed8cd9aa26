import { CONFIG_PATH } from '../config.ts';
import type { Self } from '../plan/facts.ts';
import { CONFIG_CREDENTIAL, ownCommand, unitPath, watchCommand } from './systemd.ts';
import { renderTemplate } from './template.ts';

/** What the daemon has done by a unit of its own, because it takes rights that the daemon has not. */
export const WRITABLE_SOCKET_NAME = 'sftpjail-writable.socket';
export const WRITABLE_NAME = 'sftpjail-writable.service';
export const WRITABLE_SOCKET_UNIT = unitPath(WRITABLE_SOCKET_NAME);
export const WRITABLE_UNIT = unitPath(WRITABLE_NAME);
export const WRITABLE_SOCKET = '/run/sftpjail-writable.sock';

export const SENDMAIL_SOCKET_NAME = 'sftpjail-sendmail.socket';
export const SENDMAIL_SOCKET_UNIT = unitPath(SENDMAIL_SOCKET_NAME);
export const SENDMAIL_UNIT = unitPath('sftpjail-sendmail@.service');
export const SENDMAIL_SOCKET = '/run/sftpjail-sendmail.sock';

export const renderSendmailSocketUnit = (template: string, user: string): string =>
  renderTemplate(template, { socket: SENDMAIL_SOCKET, user });

export const renderSendmailUnit = (template: string, { self, user }: { self: Self; user: string }): string =>
  renderTemplate(template, {
    command: `${watchCommand(self)} --run-sendmail`,
    user,
    credential: CONFIG_CREDENTIAL,
    config: self.config ?? CONFIG_PATH,
  });

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
