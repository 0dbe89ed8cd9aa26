import { account, expiry } from './account.ts';
import type { KindsOnHost } from './apply.ts';
import { type CheckTools, checkWith } from './checks.ts';
import { daemonFolder } from './daemon-folder.ts';
import { directory } from './directory.ts';
import { file } from './file.ts';
import { folderWith } from './folder.ts';
import { group } from './group.ts';
import { line } from './line.ts';
import { link, socket } from './links.ts';
import { log } from './log.ts';
import { mountWith } from './mount.ts';
import { passwordWith, type Secret } from './password.ts';
import { retired } from './retired.ts';
import { sessions } from './sessions.ts';
import { symlink } from './symlink.ts';
import { syncWith } from './sync.ts';
import { tree } from './tree.ts';

export interface KindTools extends CheckTools {
  /** Passwords by account; they are no part of any plan. */
  secrets: ReadonlyMap<string, Secret>;
  /** Told of a folder of a customer's that cannot be made, because the customer put something else there. */
  onOccupied(at: string): void;
  /** Where nobody else does it, the links follow the socket that a new rsyslogd made. */
  afterRsyslog(): Promise<void>;
}

/** Every kind of change with the code that makes it so. */
export const openKinds = (tools: KindTools): KindsOnHost => ({
  account,
  check: checkWith(tools),
  daemonFolder,
  directory,
  expiry,
  file,
  folder: folderWith(tools.onOccupied),
  group,
  line,
  link,
  log,
  mount: mountWith(tools.services),
  password: passwordWith(tools.secrets),
  retired,
  sessions,
  socket,
  symlink,
  sync: syncWith(tools, tools.afterRsyslog),
  tree,
});
