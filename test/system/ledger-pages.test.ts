import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/ledger/report.ts';
import { makeStatement } from '../../src/ledger/statement.ts';
import { parseMonth } from '../../src/spec.ts';
import { pageHtml } from '../../src/ui/page.ts';
import { reportPage } from '../../src/ui/report-page.ts';
import { statementPage } from '../../src/ui/statement-page.ts';
import { terms, transfer } from '../ledger/billed.ts';
import { REPO } from '../support/cache.ts';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import { coloursIn } from '../support/png.ts';

const SERVER = 'http://127.0.0.1:8000';

/** Names that would load something, run something, or end what they stand in. */
const HOSTILE = [
  `<img src=${SERVER}/stolen-1>`,
  `"><script>fetch('${SERVER}/stolen-2'); document.title = 'owned'</script>`,
  `</td></table></style><style>body { background: url(${SERVER}/stolen-3) }</style>`,
  `</title><meta http-equiv="refresh" content="0; url=${SERVER}/stolen-4">`,
  `<svg/onload="new Image().src='${SERVER}/stolen-5'">`,
  `{{constructor}} {{{this}}} &lt;b&gt; &amp;`,
  'turned \u202e gpj.exe',
  "' onmouseover='x' \u0000\n",
];

const sums = (bytesIn: number, bytesOut: number) => ({
  ...{ transfers: 2, uploads: 1, downloads: 1, bytesIn, bytesOut, bytesCopied: 0, inexact: 0 },
});
const report = (by: Report['by'], keys: readonly string[]): Report => ({
  ...{ by, zone: 'UTC', period: { since: null, until: null }, user: null, more: { rows: 0, sums: sums(0, 0) } },
  rows: keys.map((key, index) => ({ keys: [key], ...sums(1e9 * (index + 1), 5e8) })),
  total: sums(1e9, 1e9),
});

const PAGES = {
  accounts: reportPage(report(['user'], HOSTILE)),
  days: reportPage(report(['day'], ['2026-10-01', '2026-10-02', '2026-10-03'])),
  statement: statementPage(
    makeStatement(
      { user: 'acme', month: parseMonth('2026-10'), terms: terms() },
      {
        transfers: HOSTILE.map((name, index) => transfer({ n: index + 1, path: `/data/${name}` })),
        ...{ uncounted: [], snapshots: [], finals: [], heads: [] },
      },
    ),
  ),
};

/** Writes down what it is asked for. */
const SERVE = `require('node:http').createServer((request, response) => {
  require('node:fs').appendFileSync('/root/asked', request.url + '\\n');
  const file = '/root/pages' + request.url;
  const found = require('node:fs').existsSync(file);
  response.writeHead(found ? 200 : 404, { 'Content-Type': 'text/html' });
  response.end(found ? require('node:fs').readFileSync(file) : '');
}).listen(8000, '127.0.0.1', () => require('node:fs').writeFileSync('/root/asked', ''));`;

describeOverlay(
  'pages in a browser',
  (image) => {
    let overlay: Overlay;
    const doms = new Map<string, string>();

    beforeAll(async () => {
      overlay = await openOverlay(image, { product: false });
      const template = readFileSync(join(REPO, 'templates/ledger/page.hbs'), 'utf8');
      await overlay.sh('mkdir /root/pages');
      for (const [name, page] of Object.entries(PAGES))
        await overlay.writeFile(`/root/pages/${name}.html`, pageHtml(template, page));
      await overlay.writeFile(
        '/root/pages/proof.html',
        `<link rel="icon" href="data:,"><img src="${SERVER}/fetched-by-proof">`,
      );
      await overlay.writeFile('/root/serve.js', SERVE);
      await overlay.sh('setsid node /root/serve.js > /dev/null 2>&1 & until [ -e /root/asked ]; do sleep 0.05; done');
      const open = async (name: string, ...more: string[]) => {
        const { stdout } = await overlay.run('chromium', [
          ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
          ...['--disable-background-networking', '--disable-component-update', '--window-size=1100,900'],
          ...[`--user-data-dir=/root/profile-${name}`, ...more, `${SERVER}/${name.split('-')[0]}.html`],
        ]);
        doms.set(name, stdout);
      };
      await Promise.all(['accounts', 'days', 'statement', 'proof'].map((name) => open(name, '--dump-dom')));
      await open('days-shot', '--screenshot=/root/days.png');
    });
    afterAll(() => overlay?.close());

    const dom = (name: string) => doms.get(name) ?? '';

    test('load nothing: the server is asked for the pages alone', async () => {
      const asked = (await overlay.readFile('/root/asked')).trim().split('\n').sort();
      // A page that does load something is found out.
      expect(asked).toEqual([
        ...['/accounts.html', '/days.html', '/days.html', '/fetched-by-proof', '/proof.html', '/statement.html'],
      ]);
    });

    test('show names as the text that they are', () => {
      for (const name of ['accounts', 'statement']) {
        expect(dom(name)).not.toMatch(/<img|<script|<[^>]*onmouseover|\u202e/);
        expect(dom(name)).toContain('&lt;img src=http://127.0.0.1:8000/stolen-1&gt;');
        expect(dom(name)).toContain('{{constructor}} {{{this}}} &amp;lt;b&amp;gt; &amp;amp;');
        expect(dom(name)).toContain('turned \\u202e gpj.exe');
        expect(dom(name).match(/<style/g)).toHaveLength(1);
      }
      expect(dom('accounts')).toContain('<title>Transfers by account</title>');
      expect(dom('statement')).toContain('<title>Statement of acme for 2026-10, not final</title>');
      expect(dom('statement').match(/<tr>/g)).toHaveLength(7 + HOSTILE.length + 1);
    });

    test('have a chart, which is seen', async () => {
      expect(dom('days').match(/<rect /g)).toHaveLength(2 + 2 * 3);
      expect(dom('accounts').match(/<rect /g)).toHaveLength(2 + 2 * HOSTILE.length);
      await overlay.sh('base64 /root/days.png > /root/days.txt');
      const png = Buffer.from(await overlay.readFile('/root/days.txt'), 'base64');
      const colours = coloursIn(png);
      // Three bars: in of 1, 2 and 3 GB, out of 0.5 GB each; so four times as much of the one colour as of the other.
      const [sent, fetched] = [colours.get('#2a78b8') ?? 0, colours.get('#e08a2c') ?? 0];
      expect(fetched).toBeGreaterThan(5000);
      expect(sent / fetched).toBeGreaterThan(3.6);
      expect(sent / fetched).toBeLessThan(4.4);
    });
  },
  ['bookworm-chromium'],
);
