/** Where sftpjail keeps what it must remember; root's alone. */
export const STATE_FOLDER = '/var/lib/sftpjail';
export const JOURNAL_PATH = `${STATE_FOLDER}/journal`;
export const LOCK_PATH = `${STATE_FOLDER}/lock`;
