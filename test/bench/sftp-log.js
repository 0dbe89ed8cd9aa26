// node test/bench/sftp-log.js [OPTIONS] [FILE]: the log of a busy SFTP server, as rsyslog writes it with RSYSLOG_FileFormat, sshd and
// internal-sftp at VERBOSE; to FILE or stdout. The same options give the same bytes.
//   --bytes N          how long it is, all sessions being brought to their end at that point (500M)
//   --sessions N       how many are in it at any time (24)
//   --seed N           another log of the same kind (1)
//   --open-close-only  transfers without all the rest
//   --one-session      one session that fills it
//   --open N           as many sessions, of which the first ends when the last has begun; of no given length
const { join } = require('node:path');
const { compileFunction } = require('node:vm');
const { bundle } = require('./bundle.js');

async function main() {
  const build = await bundle(join(__dirname, 'sftp-log/main.ts'));
  const { output } = await build.generate({ format: 'cjs' });
  compileFunction(output[0].code, ['require'])(require);
}

main();
