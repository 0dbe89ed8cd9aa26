/**
 * The ledger's own folder. SQLite keeps two more files beside a database that is in use (-wal, -shm), and removes them, so
 * whoever imports has to own the folder: it is the daemon's where the daemon imports, and nothing else of /var/lib/sftpjail
 * is but what the daemon keeps for itself.
 */
export const LEDGER_FOLDER = '/var/lib/sftpjail/ledger';
export const LEDGER_FILE = `${LEDGER_FOLDER}/ledger.db`;
