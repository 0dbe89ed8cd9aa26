/** What AssemblyScript makes of a file, in base64; see scanner.config.mts. */
declare module '*?compiled' {
  const program: string;
  export default program;
}

/** The same, for memory that threads share. */
declare module '*?compiled-shared' {
  const program: string;
  export default program;
}

/** What is used of it; to TypeScript it is part of the browser. */
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number; maximum: number; shared?: boolean });
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}
