import type { Guest } from './guest.ts';

/** What attempts to log in as one account got, all through its creation. */
interface Got {
  /** Output of the sftp sessions that were let in: where they began, and what `/` shows. */
  sftp: string[];
  /** What came back through a shell, a command or a forwarded port: must stay empty. */
  other: string;
  attempts: number;
}

// From ever new addresses, because sshd 9.8 and later shuts out one that fails often.
const SCRIPT = `
user=$1 way=$2 key=$3 folder=/tmp/intruder/$1
mkdir -p "$folder"
options="-F none -i $key -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
  -o LogLevel=ERROR -o ConnectTimeout=5"
until [ -e "$folder/stop" ]; do
  at="-o BindAddress=127.$((RANDOM % 254 + 1)).$((RANDOM % 256)).$((RANDOM % 254 + 1))"
  case $way in
    sftp) out=$(printf 'pwd\\nls -1 /\\n' | timeout 30 sftp -q $options $at -b - "$user@127.0.0.1" 2>/dev/null) &&
      printf '%s\\0' "$out" >> "$folder/sftp" ;;
    command) timeout 30 ssh -n $options $at "$user@127.0.0.1" 'echo in; id' >> "$folder/other" 2>/dev/null ;;
    shell) echo 'echo in; id' | timeout 30 ssh -T $options $at "$user@127.0.0.1" >> "$folder/other" 2>/dev/null ;;
    port) timeout 30 ssh -n $options $at -W 127.0.0.1:22 "$user@127.0.0.1" 2>/dev/null | head -c 8 >> "$folder/other" ;;
  esac
  echo >> "$folder/attempts"
done`;

const WAYS = ['sftp', 'command', 'shell', 'port'];

/** Tries to log in with a key in every way at once, again and again, until it is stopped. */
export function intrude(guest: Guest, user: string, key: string): { stop(): Promise<Got> } {
  const loops = WAYS.map((way) => guest.spawn('bash', ['-c', SCRIPT, 'bash', user, way, key]));
  const folder = `/tmp/intruder/${user}`;
  return {
    async stop() {
      await guest.sh('until [ -s "$1/sftp" ]; do sleep 0.05; done; touch "$1/stop" "$1/other"', {
        args: [folder],
        timeout: 60_000,
      });
      await Promise.all(loops.map(({ done }) => done));
      return {
        sftp: (await guest.readFile(`${folder}/sftp`)).split('\0').slice(0, -1),
        other: await guest.readFile(`${folder}/other`),
        attempts: (await guest.readFile(`${folder}/attempts`)).length,
      };
    },
  };
}
