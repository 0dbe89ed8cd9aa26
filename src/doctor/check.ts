import { type Finding, toFinding, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';

/** One thing that is looked at and judged. */
export interface Check {
  /** As it is typed. */
  name: string;
  /** One line for `--list`. */
  about: string;
  /** @throws NotChecked where it cannot look */
  examine(looking: Looking): Promise<Finding[]>;
}

/** A look at the host, and a judge that knows nothing but what was seen. */
interface Parts<Seen> {
  name: string;
  about: string;
  look(looking: Looking): Seen | Promise<Seen>;
  judge(seen: Seen): Verdict[];
}

export const checkOf = <Seen>({ name, about, look, judge }: Parts<Seen>): Check => ({
  name,
  about,
  examine: async (looking) => judge(await look(looking)).map((verdict) => toFinding(name, verdict)),
});
