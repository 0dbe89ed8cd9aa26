import fc from 'fast-check';

/** Every property is tried with the same cases each time, so that what failed fails again. A hunt for more sets FC_SEED. */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });
