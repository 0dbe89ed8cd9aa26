import { makeKeyPair } from './clients.ts';
import type { ImageName } from './image.ts';
import { bootMachine } from './machine.ts';

/** What befalls the command at its n-th touch of the host; see guest/fault.cjs. */
export type Fault = 'fail' | 'kill' | 'broken' | 'SIGINT' | 'SIGTERM';

/** At which touches: the first, and every step-th from there. */
export interface Strikes {
  readonly kind: Fault;
  readonly first?: number;
  readonly step?: number;
}

/**
 * A failure or a kill at every touch, each in one suite and the other in the other: both suites together have all of
 * them, in half the time. With `apart` at every so manieth touch only.
 */
export function halfOf(suite: ImageName, apart = 1): Strikes[] {
  const [odd, even] = suite === 'bookworm' ? (['fail', 'kill'] as const) : (['kill', 'fail'] as const);
  return [
    { kind: odd, first: 1, step: 2 * apart },
    { kind: even, first: 1 + apart, step: 2 * apart },
  ];
}

/** A failure or a kill at every touch: the odd ones in one suite and the even ones in the other. */
export const quarterOf = (suite: ImageName): Strikes[] => strikesOf(suite === 'bookworm' ? 1 : 2, 2);

/** The same at every other touch, for commands of many: test/soak has all of them, of both kinds. */
export const eighthOf = (suite: ImageName): Strikes[] => strikesOf(suite === 'bookworm' ? 1 : 3, 4);

const strikesOf = (first: number, apart: number): Strikes[] => [
  { kind: 'fail', first, step: 2 * apart },
  { kind: 'kill', first: first + apart, step: 2 * apart },
];

export interface Story {
  readonly suite: ImageName;
  /** Commands that bring the host to where the story begins. */
  readonly prepare?: readonly (readonly string[])[];
  /** What is done with faults, as typed after `sftpjail`. */
  readonly command: readonly string[];
  /** A command that is killed before each run, in the last moment in which all of it has to be undone. */
  readonly interrupted?: readonly string[];
  /** Commands that take it back where it was completed. */
  readonly restore: readonly (readonly string[])[];
  readonly strikes: readonly Strikes[];
  readonly input?: string;
}

/** One run with one fault. */
interface Struck {
  readonly kind: Fault;
  readonly n: number;
  /** The exit status, or the signal that ended it. */
  readonly status: number | string;
  /** What the host is like in the end, after `recover` where that was called for. */
  readonly ended: 'before' | 'after' | 'neither';
  /** The journal was there when the command had ended. */
  readonly open: boolean;
  readonly problems: readonly string[];
}

export interface Told {
  /** How often the command touches the host when nothing befalls it. */
  readonly count: number;
  /** What the whole command changes. */
  readonly changed: readonly string[];
  /** What its restoring leaves changed. */
  readonly restored: readonly string[];
  readonly runs: readonly Struck[];
  /** One line for each thing that is not as promised, naming the fault and the touch. */
  readonly problems: readonly string[];
}

/** Every change by another command is refused while a journal is open. */
const REFUSED = [
  ['init', '--yes'],
  ['add-user', 'other', '--yes'],
  ['add-admin', 'boss', '--yes'],
  ['uninstall', '--yes'],
  ['remove-user', 'acme', '--yes'],
  ['lock-user', 'acme'],
  ['set-password', 'acme', '--generate-password'],
];

/** Boots a machine and runs the command in it again and again, each time with another fault. */
export async function tellFaults({ suite, prepare = [], strikes, ...story }: Story): Promise<Told> {
  const machine = await bootMachine(suite);
  try {
    const key = await makeKeyPair(machine);
    await machine.writeFile('/root/.ssh/authorized_keys', key.publicKey, 0o600);
    for (const [program = '', ...args] of prepare) await machine.run(program, args);
    const spec = JSON.stringify({ ...story, strikes, refused: REFUSED });
    const { stdout } = await machine.run('node', ['/opt/test-support/faults.cjs', spec], { timeout: 3_600_000 });
    const { touches, ...told } = JSON.parse(stdout) as Told & { touches: string[] };
    const problems = told.runs.flatMap((run) =>
      run.problems.map(
        (problem) => `${run.kind}:${run.n} (${touches[run.n - 1]}) ended with ${run.status}: ${problem}`,
      ),
    );
    return { ...told, problems };
  } finally {
    await machine.close();
  }
}
