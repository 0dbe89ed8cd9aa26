import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { HostFacts } from '../../src/plan/facts.ts';

/** The real templates, read from where they lie. */
export const templates = (path: string): string =>
  readFileSync(resolve(import.meta.dirname, '../../templates', `.${path}`), 'utf8');

/** A bare Debian with systemd, as a plan sees it. */
export const bareDebian: HostFacts = {
  config: DEFAULT_CONFIG,
  kind: 'systemd',
  self: { node: '/usr/bin/node', script: '/usr/local/lib/node_modules/sftpjail/bin/sftpjail.js', config: null },
  rsyslog: { owner: 'root', group: 'adm', turnOffReduction: false, loadModule: false },
  logFolderGroup: null,
  accounts: [],
  declared: new Map(),
  declaredTexts: new Map(),
  watch: { uid: 999, isInstalled: false },
  helpers: [],
  hasPamLine: false,
  forensic: { isInstalled: false, hasLog: false, isSplit: false },
  jailSockets: [],
  shareMounts: [],
  made: [],
  missing: new Set(['group sftp', 'directory /sftp-root']),
  configText: null,
};

export const customer = (name: string): HostFacts['accounts'][number] => ({
  ...{ name, uid: 70_000, role: 'only', hasPassword: false, expires: null, comment: '' },
});
