import { type Attrs, Reader } from './sftp-bytes.ts';
import { REPLY, STATUS, type Status } from './sftp-codes.ts';

interface Name {
  readonly name: string;
  readonly long: string;
  readonly attrs: Attrs;
}

/** What a request got: `status` is 'ok' as well for every reply that is not a status; the rest is there where sent. */
export interface Reply {
  readonly status: Status;
  readonly message?: string;
  readonly handle?: Buffer;
  readonly data?: Buffer;
  readonly names?: readonly Name[];
  readonly attrs?: Attrs;
  /** The body of an extended reply (statvfs, limits, users-groups-by-id). */
  readonly extended?: Buffer;
}

function parseNames(reader: Reader): Name[] {
  return Array.from({ length: reader.u32() }, () => ({
    name: reader.text(),
    long: reader.text(),
    attrs: reader.attributes(),
  }));
}

/** Takes the bytes after the request's number. */
export function parseReply(kind: number, body: Buffer): Reply {
  const reader = new Reader(body);
  switch (kind) {
    case REPLY.status: {
      const code = reader.u32();
      return { status: STATUS[code] ?? `status ${code}`, message: reader.done ? '' : reader.text() };
    }
    case REPLY.handle:
      return { status: 'ok', handle: reader.raw() };
    case REPLY.data:
      return { status: 'ok', data: reader.raw() };
    case REPLY.name:
      return { status: 'ok', names: parseNames(reader) };
    case REPLY.attrs:
      return { status: 'ok', attrs: reader.attributes() };
    case REPLY.extended:
      return { status: 'ok', extended: reader.rest() };
    default:
      throw new Error(`a reply of unknown kind ${kind}`);
  }
}
