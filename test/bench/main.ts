import { benchAddUser } from './add-user.ts';
import { benchApply } from './apply.ts';
import { benchDoctor } from './doctor.ts';
import { benchForensics } from './forensics.ts';
import { benchLedger } from './ledger.ts';
import { benchRelink } from './relink.ts';
import { benchReport } from './report.ts';
import { benchSessions } from './sessions.ts';
import { benchStart } from './start.ts';
import { benchWatch } from './watch.ts';

const BENCHES: Record<string, () => Promise<void>> = {
  start: benchStart,
  relink: benchRelink,
  'add-user': benchAddUser,
  apply: benchApply,
  sessions: benchSessions,
  doctor: benchDoctor,
  ledger: benchLedger,
  watch: benchWatch,
  forensics: benchForensics,
  report: benchReport,
};

async function main(): Promise<void> {
  for (const name of process.argv.slice(2)) {
    const bench = BENCHES[name];
    if (bench === undefined) throw new Error(`there is no benchmark ${name}`);
    await bench();
  }
}

main();
