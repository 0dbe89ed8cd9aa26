/** What a man page says of a command beyond its summary, in paragraphs. */
export const ABOUT: Readonly<Record<string, readonly string[]>> = {
  init: [
    'The plan is shown and agreed to first. Each configuration is judged by its own program before anything is reloaded, and afterwards the running sshd is asked whether it uses our blocks, and rsyslogd whether it reads the log socket. Files of the distribution are never changed.',
    'Run again, it mends what was changed by hand, and changes nothing where nothing was.',
  ],
  'add-user': [
    'Makes the account, its jail and its keys, on a host that is not prepared yet after what init does. At the end it prints the sftp command and the host keys to hand to the customer. Where the account is there already, it mends the mode, owner, link or group that was changed by hand, and says so.',
    'On a terminal it asks for a key or a password where none is given.',
  ],
  'add-admin': [
    'An administrator is locked into the root of all jails and works on the files of every customer by SFTP, on record like everybody.',
  ],
  'remove-user': [
    'Its sessions end with the bytes of their last transfers on record. The jail moves to .removed below the root, where only root can reach it, and its uid is not given out again while it is there.',
    'Refused while something is mounted in the jail, or /etc/fstab or a unit of systemd would mount something there or from there.',
  ],
  'lock-user': [
    'Keys and passwords are refused alike and both stay as they are. Sessions that are open end within seconds, and the bytes of their last transfers are on record. The account is shut by its expiry day. When it was to expire before is kept in /etc/sftpjail/users/NAME.yaml for unlocking.',
    'With --until, a timer of systemd unlocks it; without that option only unlock-user does, also where an earlier lock was to end.',
  ],
  doctor: [
    'Each finding comes with a command that mends it, or with advice where a human has to decide. The status is 3 while there is an error or a warning; a note is how this host is. A check that cannot look says so.',
    "With --probe or --login nothing else is checked but what is named. A probe goes through every jail's own log socket, with its customer's rights.",
  ],
  'unlock-user': [
    'Refused where sshd would not confine the account. One that has expired is opened for good, or until the date that is given.',
  ],
  'add-key': [
    'A file holds lines of authorized_keys, each with its options (from="...", restrict) in front. RSA below 2048 bits, DSA, and what the sshd of this host would not accept is refused. Without a file a terminal is asked for a key.',
  ],
  'remove-key': ['Sessions that are open go on; lock-user ends them. The fingerprint of a key: ssh-keygen -l -f FILE'],
  apply: [
    'The file is a manifest in YAML, or lines of users.conf. It is judged whole before anything is changed, and everything that is wrong with it is named at once, as file:line:column. What an entry leaves out stays as it is; accounts that the file does not name stay too, unless they are to be pruned.',
  ],
  'refresh-links': [
    'A link to the current socket is not touched; any other is replaced in one step. A jail that cannot be linked is reported and the others are done. It takes no lock, because it runs while init waits for rsyslog.',
  ],
  'render-config': [
    'Prints the files by name, or all of them. With a difference between what should be and what is installed the exit status is 3.',
  ],
  sessions: [
    'Without files it reads the configured logs with their rotated and compressed generations; where standard input is no terminal, that. A figure is true, or it is said that it is not known: OpenSSH cuts its messages at 500 bytes.',
  ],
  history: [
    'Follows a file through renames, of its folders too, replacement and hard links. The first line tells who removed it.',
  ],
  who: [
    'Asks the kernel and not the log: the processes of sshd, their sockets and open files. The speed is that of one second.',
  ],
  uninstall: [
    'The accounts remain, locked, unless they are to be removed; the files of customers are kept unless they are to be deleted; the log stays in any case.',
  ],
  'ledger-import': [
    'Also typed as two words: sftpjail ledger import. Without files it reads the configured logs with their rotated and compressed generations, from where it came to last; what an import has kept counts once, whatever is killed or rotated. Files are read whole, and what is known of them is left out. A session enters the ledger when it has ended.',
    'The ledger is in SQLite, below /var/lib/sftpjail/ledger, or in PostgreSQL: ledger.database in the configuration.',
  ],
  recover: [
    'A command that was killed, or cut off by a power failure, leaves a journal. While it is there every other command that changes the host is refused. What can be undone is undone; where accounts were being removed already, the rest is done.',
  ],
  completion: ['The first line of what is printed says where to put it.'],
};
