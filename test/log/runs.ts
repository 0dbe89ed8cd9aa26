/**
 * How often a property is tried, and from which seed on: always the same cases, so that what failed fails again. A hunt
 * for more sets FC_RUNS (times as often) and FC_SEED.
 */
export const runs = (usual: number): { numRuns: number; seed: number } => ({
  numRuns: Math.ceil(usual * Number(process.env.FC_RUNS ?? 1)),
  seed: Number(process.env.FC_SEED ?? 1),
});
