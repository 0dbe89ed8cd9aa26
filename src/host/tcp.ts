import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { ofProcess } from './processes.ts';

/** A TCP connection as the kernel lists it: our port, and who is at the other end. */
export interface TcpPeer {
  localPort: number;
  ip: string;
  port: number;
}

const LISTENING = '0A';

/** The connections that a process can see in its network, by the inodes of their sockets; none when it is gone. */
export function tcpPeers(pid: number): ReadonlyMap<number, TcpPeer> {
  const tables = ['tcp', 'tcp6'].map((table) => ofProcess(() => readFileSync(`/proc/${pid}/net/${table}`, 'latin1')));
  return new Map(tables.flatMap((text) => [...parseTcpTable(text ?? '')]));
}

/**
 * The rows of `/proc/net/tcp` or `tcp6` by inode: no listeners, and nothing that no process holds any more (inode 0).
 * Addresses stand there as words of 32 bits in the byte order of the machine (Linux, get_tcp4_sock, get_tcp6_sock).
 */
export function parseTcpTable(text: string, order: 'LE' | 'BE' = endianness()): Map<number, TcpPeer> {
  const row = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) (?:\S+ +){5}(\d+)/gm;
  const peers = new Map<number, TcpPeer>();
  for (const [, local = '', ip = '', port = '', state, inode] of text.matchAll(row)) {
    if (state === LISTENING || inode === '0') continue;
    peers.set(Number(inode), { localPort: hex(local), ip: address(ip, order), port: hex(port) });
  }
  return peers;
}

const hex = (digits: string): number => Number.parseInt(digits, 16);

function address(digits: string, order: 'LE' | 'BE'): string {
  const bytes = Buffer.from(digits, 'hex');
  if (order === 'LE') bytes.swap32();
  const mapped = bytes.length === 16 && bytes.subarray(0, 12).equals(IPV4_MAPPED);
  if (bytes.length === 4 || mapped) return [...bytes.subarray(-4)].join('.');
  const groups = (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  // A URL's host is written the short way of RFC 5952, as sshd writes addresses too.
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/** sshd strips this prefix as well (canohost.c, ipv64_normalise_mapped). */
const IPV4_MAPPED = Buffer.from('00000000000000000000ffff', 'hex');
