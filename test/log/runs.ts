/** How often a property is tried: FC_RUNS times as often, and from the seed FC_SEED on, where these are set. */
export const runs = (usual: number): { numRuns: number; seed?: number } => ({
  numRuns: Math.ceil(usual * Number(process.env.FC_RUNS ?? 1)),
  ...(process.env.FC_SEED !== undefined && { seed: Number(process.env.FC_SEED) }),
});
