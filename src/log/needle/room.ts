/** Where things are in the memory that is searched, in bytes. What is below is the compiler's. */
export const NEEDLE = 1024;
/** So long a needle can be. */
export const LONGEST = 1024;
/** What is searched; whoever reads several bytes at once may read some more. */
export const BYTES = NEEDLE + LONGEST + 16;
export const SPARE = 32;
