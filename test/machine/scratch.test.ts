import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { makeKeyPair } from '../support/clients.ts';
import { bootMachine } from '../support/machine.ts';
import { manifestOf } from '../support/manifest.ts';

test('scratch', async () => {
  const machine = await bootMachine('bookworm');
  try {
    const pair = await makeKeyPair(machine);
    await machine.sftpjail('init', '--yes');
    await machine.writeFile('/root/many.yaml', manifestOf(5000, pair.publicKey, { bare: true }));
    await machine.writeFile('/root/wrap.cjs', readFileSync('/tmp/wrap.cjs', 'utf8'));
    console.log(
      (
        await machine.sh(
          `cd /root; (time node --require /root/wrap.cjs /opt/sftpjail/bin/sftpjail.js apply /root/many.yaml --yes) 2>&1 | grep -E "^(FS|SP)|real|user|sys	"`,
          { timeout: 300000 },
        )
      ).stdout,
    );
    console.log(
      (
        await machine.sh(
          `cd /root; (time bash -c 'for i in $(seq 200); do useradd --gid sftp --groups sftp-only --home-dir /data --no-create-home --shell /usr/sbin/nologin "loop-$i"; mkdir -p "/sftp-root/loop-$i/dev" "/sftp-root/loop-$i/data"; chown root:sftp "/sftp-root/loop-$i" "/sftp-root/loop-$i/dev"; chown "loop-$i:sftp" "/sftp-root/loop-$i/data"; done') 2>&1 | tail -4`,
          { timeout: 300000 },
        )
      ).stdout,
    );
  } finally {
    await machine.close();
  }
}, 600000);
