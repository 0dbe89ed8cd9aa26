import { expect, test } from 'vitest';
import { describeOverlay } from '../support/describe.ts';
import { openHostOverlay, openOverlay } from '../support/overlay.ts';

describeOverlay('an overlay on the host network', () => {
  test('installs packages with apt and with npm', async () => {
    const overlay = await openOverlay('bookworm-bare', { network: 'host', product: false });
    try {
      expect((await overlay.attempt('which', ['sshd', 'ssh', 'rsyslogd', 'logrotate'])).stdout).toBe('');
      await overlay.sh(
        'apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends logrotate',
      );
      await overlay.run('npm', ['view', 'ms@2.1.3', 'version']);
    } finally {
      await overlay.close();
    }
  });

  test('so does an overlay of this host', async () => {
    const overlay = await openHostOverlay();
    try {
      await overlay.run('apt-get', ['-qq', 'update']);
      await overlay.run('npm', ['view', 'ms@2.1.3', 'version']);
    } finally {
      await overlay.close();
    }
  });
}, ['bookworm-bare']);

describeOverlay(
  'trixie with npm',
  (image) => {
    test("has Debian's node and npm and no sftpjail", async () => {
      const overlay = await openOverlay(image, { product: false });
      try {
        expect((await overlay.sh('node --version; npm --version; command -v sftpjail || echo none')).stdout).toMatch(
          /^v20\.19\..*\n\d+\..*\nnone\n$/,
        );
      } finally {
        await overlay.close();
      }
    });
  },
  ['trixie-npm'],
);
