/** How often a property is tried; a hunt for more sets FC_RUNS (times as often), and FC_SEED (see support/seeded.ts). */
export const runs = (usual: number): { numRuns: number } => ({
  numRuns: Math.ceil(usual * Number(process.env.FC_RUNS ?? 1)),
});
