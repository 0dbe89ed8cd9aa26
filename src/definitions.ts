import { Argument, type Command } from '@commander-js/extra-typings';
import { refreshLinks } from './commands/refresh-links.ts';
import type { Context } from './context.ts';
import {
  type FolderName,
  type FolderPath,
  parseAge,
  parseComment,
  parseCount,
  parseDate,
  parseExpiry,
  parseFolderName,
  parseFolderPath,
  parseLogLevel,
  parseMail,
  parseMonth,
  parseUid,
} from './spec.ts';
import type { CommandLine } from './ui/command-line.ts';

export type Run = (context: Context, ...rest: never[]) => unknown;

export interface Definition {
  /** The name as it is typed, then its operands. */
  usage: string;
  summary: string;
  /** It speaks of the program alone, to everybody, whatever the configuration says. */
  isAboutProgram?: boolean;
  /** Nothing of it works without root, so that is said before anything is read that only root can read. */
  needsRoot?: boolean;
  /**
   * Each command loads its own code when it runs, and only then.
   *
   * @param describe tells everything that can be typed
   */
  load(describe: () => Promise<CommandLine>): Promise<Run>;
  extend?(command: Command): unknown;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

const collectFolders = (value: string, earlier: FolderPath[] = []): FolderPath[] => [
  ...earlier,
  parseFolderPath(value),
];

const collectShares = (value: string, earlier: FolderName[] = []): FolderName[] => [...earlier, parseFolderName(value)];

const withPackages = (command: Command) =>
  command.option('--install-packages', 'install the programs that are missing');

const withPassword = (command: Command) =>
  command
    .option('--password-stdin', 'read a password from stdin')
    .option('--generate-password', 'make a password and print it once');

const withAccount = (command: Command) =>
  withPassword(
    withPackages(command).option(
      '--key <file>',
      'a public key that may log in; can be repeated, - reads stdin',
      collect,
    ),
  )
    .option('--uid <number>', 'the uid of the account', parseUid)
    .option('--comment <text>', 'who this is', parseComment)
    .option('--mail <address>', 'where mail about this account goes', parseMail)
    .option('--expires <date>', 'from 0:00 UTC of that day on nobody logs in to it; never: no such day', parseExpiry)
    .option('--log-level <level>', 'how much its sessions log, for instance INFO or DEBUG3', parseLogLevel);

const withFormat = (command: Command, formats: string) => command.option('--format <format>', formats);

/** Every command, in the order of its help. */
export const DEFINITIONS: readonly Definition[] = [
  {
    usage: 'init',
    summary: 'prepare this host: sshd, rsyslog, logrotate, systemd',
    load: async () => (await import('./commands/init.ts')).init,
    extend: withPackages,
  },
  {
    usage: 'add-user <name>',
    summary: 'add a customer, or mend one',
    load: async () => (await import('./commands/add-user.ts')).addUser,
    extend: (command) =>
      withAccount(command)
        .option('--read-only', 'the customer can download only')
        .option('--folder <name>', 'a folder to be made below the data folder; can be repeated', collectFolders)
        .option('--share <name>', 'a folder beside it that others see too; can be repeated', collectShares),
  },
  {
    usage: 'add-admin <name>',
    summary: "add an administrator of all customers' files, or mend one",
    load: async () => (await import('./commands/add-admin.ts')).addAdmin,
    extend: withAccount,
  },
  {
    usage: 'remove-user <name>',
    summary: 'remove a customer or administrator; what was uploaded is kept for root',
    load: async () => (await import('./commands/remove-user.ts')).removeUser,
    extend: (command) =>
      command
        .option('--delete-data', 'delete what was uploaded; asks for the name to be typed, unless --yes is given')
        .option('--keep-account', 'keep the account of the operating system, locked and out of our groups'),
  },
  {
    usage: 'apply <file>',
    summary: 'make the accounts what a file says, however many',
    load: async () => (await import('./commands/apply.ts')).apply,
    extend: (command) =>
      withPackages(command)
        .option('--format <format>', 'what the file is: manifest, or users.conf of the atmoz/sftp image')
        .option('--prune', 'remove the accounts that the file does not name'),
  },
  {
    usage: 'lock-user <name>',
    summary: 'refuse every login to an account and end its sessions; its password and keys stay as they are',
    load: async () => (await import('./commands/lock-user.ts')).lockUser,
    extend: (command) =>
      command.option('--until <date>', 'unlock it by itself at 0:00 UTC of that day (needs systemd)', parseDate),
  },
  {
    usage: 'unlock-user [name]',
    summary: 'open an account again, with the password and keys that it had',
    load: async () => (await import('./commands/unlock-user.ts')).unlockUser,
    extend: (command) =>
      command
        .option('--until <date>', 'until 0:00 UTC of that day, when it expires', parseDate)
        .option('--due', 'all whose lock was to last until today; made for a timer'),
  },
  {
    usage: 'add-key <name> [files...]',
    summary: 'add public keys to an account, with the options in front of them; - reads stdin',
    load: async () => (await import('./commands/add-key.ts')).addKey,
  },
  {
    usage: 'remove-key <name> <fingerprint>',
    summary: 'remove the key of that SHA256 fingerprint; the last credential only with --yes',
    load: async () => (await import('./commands/remove-key.ts')).removeKey,
  },
  {
    usage: 'set-password <name>',
    summary: 'set the password of an account, which is asked for unless an option says where it comes from',
    load: async () => (await import('./commands/set-password.ts')).setPassword,
    extend: withPassword,
  },
  {
    usage: 'list-users',
    summary: 'list the accounts and the state of their jails',
    load: async () => (await import('./commands/list-users.ts')).listUsers,
    extend: (command) =>
      command
        .option('--format <format>', 'table, json, or manifest: what apply reads')
        .option('--hashes', 'put the hashes of passwords into the manifest; they are secrets'),
  },
  {
    usage: 'who',
    summary: 'list the sessions that are open now, and what they move',
    needsRoot: true,
    load: async () => (await import('./commands/who.ts')).who,
    extend: (command) => command.option('--watch', 'look again every second until Ctrl-C'),
  },
  {
    usage: 'refresh-links',
    summary: "point every jail's dev/log at the current socket; for rsyslog's post-start hook",
    // With the program itself: a file of its own costs rsyslog's start more than its bytes cost all others.
    load: async () => refreshLinks,
  },
  {
    usage: 'render-config [name]',
    summary: 'print what would be installed, for review',
    load: async () => (await import('./commands/render-config.ts')).renderConfig,
    extend: (command) => command.option('--diff', 'print how it differs from what is installed'),
  },
  {
    usage: 'doctor [checks...]',
    summary: 'judge this host: what is wrong, why, and how to mend it',
    load: async () => (await import('./commands/doctor.ts')).doctor,
    extend: (command) =>
      command
        .option('--list', 'list the checks')
        .option('--fix', 'mend what can be mended by itself, as a plan')
        .option(
          '--probe',
          "send a line through every jail's log socket and look for it in the log, instead of the checks",
        )
        .option('--login', 'log in over loopback with an account made for it, upload, and remove every trace'),
  },
  {
    usage: 'sessions [files...]',
    summary: 'tell who moved what, session by session',
    load: async () => (await import('./commands/sessions.ts')).sessions,
    extend: (command) =>
      command
        .option('--user <name>', 'of this account alone')
        .option('--since <time>', 'what was still going on then: today, yesterday, 2h, 2026-11-20, 2026-11-20T10:00')
        .option('--until <time>', 'what had begun by then')
        .option('--failed', 'with a failed or partial transfer, or with an end that was not orderly')
        .option('--follow', 'go on, and tell each session as it ends')
        .option('--logins', 'logins that were refused, or of which no session came')
        .option('--format <format>', 'table, json, csv or xferlog'),
  },
  {
    usage: 'history <path> [logs...]',
    summary: 'tell what became of a file or folder, newest last',
    load: async () => (await import('./commands/history.ts')).history,
    extend: (command) => command.option('--user <name>', 'whose path it is: one as seen from inside this jail'),
  },
  {
    usage: 'watch [files...]',
    summary: 'tell what became of each session: by mail, to commands and to other machines',
    load: async () => (await import('./commands/watch.ts')).watch,
    extend: (command) =>
      command
        .option('--once', 'tell what is in these files, or in the logs, and end')
        .option('--test-mail', 'send a mail as it would look like, and end')
        .option('--run-hook', 'run the hook for the event on standard input; for the unit that does')
        .option('--run-sendmail', 'hand the mail on standard input to the configured program; for the unit that does')
        .option('--run-writable', 'let the group write to what events tell of; for the unit that does')
        .option('--metrics <address>', 'answer Prometheus there, for instance 127.0.0.1:9810'),
  },
  {
    usage: 'session-hook',
    summary: 'run the commands of hooks.before-session and after-session; made for PAM',
    load: async () => (await import('./commands/session-hook.ts')).sessionHook,
    extend: (command) => command.option('--after', 'the session is over'),
  },
  {
    usage: 'ledger-import [files...]',
    summary: 'put what the logs tell into the ledger, a database of transfers: what is new, however often it runs',
    load: async () => (await import('./commands/ledger-import.ts')).ledgerImport,
  },
  {
    usage: 'ledger-report',
    summary: 'tell who moved how much, from the ledger',
    load: async () => (await import('./commands/ledger-report.ts')).ledgerReport,
    extend: (command) =>
      withFormat(command, 'table, csv, json, or html: one page with a chart')
        .option('--by <keys>', 'some of user, host, day, month, direction, type, client, with commas between')
        .option('--user <name>', 'of this account alone')
        .option('--month <month>', 'of this month, for instance 2026-10', parseMonth)
        .option('--since <time>', 'from then on: today, 3d, 2026-11-20, 2026-11-20T10:00')
        .option('--until <time>', 'until then')
        .option('--top <count>', 'so many rows, those with the most bytes', parseCount),
  },
  {
    usage: 'ledger-statement',
    summary: 'tell what an account is billed for in a month, with every transfer',
    load: async () => (await import('./commands/ledger-statement.ts')).ledgerStatement,
    extend: (command) =>
      withFormat(command, 'text, csv, json or html')
        .option('--user <name>', 'the account')
        .option('--month <month>', 'the month, for instance 2026-10', parseMonth)
        .option('--final', 'number it, and keep its text in the ledger: what comes later is corrected in the next one'),
  },
  {
    usage: 'ledger-snapshot',
    summary: 'write down what each customer stores, once a day; made for a timer',
    needsRoot: true,
    load: async () => (await import('./commands/ledger-snapshot.ts')).ledgerSnapshot,
  },
  {
    usage: 'ledger-verify',
    summary: 'say whether every row of the ledger is as it was when it entered',
    load: async () => (await import('./commands/ledger-verify.ts')).ledgerVerify,
    extend: (command) =>
      command.option(
        '--head <head>',
        'what was noted of a chain, N:HASH or HOST:N:HASH: nothing up to there is missing; can be repeated',
        collect,
      ),
  },
  {
    usage: 'ledger-reconcile [files...]',
    summary: 'read a period once more from the logs, rotated ones too, and say how the ledger differs',
    load: async () => (await import('./commands/ledger-reconcile.ts')).ledgerReconcile,
    extend: (command) =>
      command
        .option('--since <time>', 'sessions that ended then or later: 2026-10-01, yesterday, 3d')
        .option('--until <time>', 'sessions that ended before then, or on that day: 2026-10-31')
        .option('--user <name>', 'sessions of this account only'),
  },
  {
    usage: 'ledger-prune',
    summary: 'remove what is old from the ledger, or what is personal of one account',
    load: async () => (await import('./commands/ledger-prune.ts')).ledgerPrune,
    extend: (command) =>
      command
        .option('--older-than <age>', 'what was over so long ago: 10y, 18m (months), 90d', parseAge)
        .option('--erase-user <name>', 'names, addresses and keys of this account; what it moved stays, without them'),
  },
  {
    usage: 'ledger-export [file]',
    summary: 'write everything in the ledger, one JSON object a line; compressed into a file whose name ends in .gz',
    load: async () => (await import('./commands/ledger-export.ts')).ledgerExport,
  },
  {
    usage: 'ledger-restore <file>',
    summary: 'fill an empty ledger with what was exported, if nobody has changed it since',
    load: async () => (await import('./commands/ledger-restore.ts')).ledgerRestore,
  },
  {
    usage: 'uninstall',
    summary: 'take back everything',
    load: async () => (await import('./commands/uninstall.ts')).uninstall,
    extend: (command) =>
      command
        .option('--remove-users', 'remove the accounts too; without it they remain, locked')
        .option('--delete-data', "delete the customers' files, which are kept otherwise"),
  },
  {
    usage: 'recover',
    summary: 'finish or undo a command that was interrupted',
    load: async () => (await import('./commands/recover.ts')).recover,
  },
  {
    usage: 'completion',
    summary: 'print what teaches a shell to complete our commands',
    isAboutProgram: true,
    async load(describe) {
      const { completion } = await import('./commands/completion.ts');
      const program = await describe();
      return (context: Context, shell: string) => completion(context, shell, program);
    },
    extend: (command) => command.addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish'])),
  },
];
