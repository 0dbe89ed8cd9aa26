import { ATTR } from './sftp-codes.ts';

/** A name or handle; strings are sent as UTF-8, bytes as they are. */
export type Text = string | Uint8Array;

export interface Attrs {
  readonly size?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly mode?: number | undefined;
  readonly atime?: number | undefined;
  readonly mtime?: number | undefined;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function text(value: Text): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u32(bytes.length), bytes]);
}

/** uid goes with gid and atime with mtime: where one of a pair is missing, 0 is sent for it. */
export function attributes(attrs: Attrs): Buffer {
  const parts: Buffer[] = [];
  let flags = 0;
  if (attrs.size !== undefined) {
    flags |= ATTR.size;
    parts.push(u64(attrs.size));
  }
  if (attrs.uid !== undefined || attrs.gid !== undefined) {
    flags |= ATTR.ids;
    parts.push(u32(attrs.uid ?? 0), u32(attrs.gid ?? 0));
  }
  if (attrs.mode !== undefined) {
    flags |= ATTR.mode;
    parts.push(u32(attrs.mode));
  }
  if (attrs.atime !== undefined || attrs.mtime !== undefined) {
    flags |= ATTR.times;
    parts.push(u32(attrs.atime ?? 0), u32(attrs.mtime ?? 0));
  }
  return Buffer.concat([u32(flags), ...parts]);
}

/** Reads a reply from its front. */
export class Reader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.bytes.readUInt8(this.at++);
  }

  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  u64(): number {
    this.at += 8;
    return Number(this.bytes.readBigUInt64BE(this.at - 8));
  }

  raw(): Buffer {
    const length = this.u32();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.raw().toString();
  }

  rest(): Buffer {
    return this.bytes.subarray(this.at);
  }

  attributes(): Attrs {
    const flags = this.u32();
    const size = flags & ATTR.size ? this.u64() : undefined;
    const [uid, gid] = flags & ATTR.ids ? [this.u32(), this.u32()] : [];
    const mode = flags & ATTR.mode ? this.u32() : undefined;
    const [atime, mtime] = flags & ATTR.times ? [this.u32(), this.u32()] : [];
    for (let pairs = flags & ATTR.extended ? this.u32() : 0; pairs > 0; pairs--) [this.raw(), this.raw()];
    return { size, uid, gid, mode, atime, mtime };
  }
}
