// tree.cjs [--skip PATH]... PATH...: one JSON line for every file below the paths, without times and inode numbers.
const { createHash } = require('node:crypto');
const { lstatSync, readdirSync, readFileSync, readlinkSync } = require('node:fs');

// Pairs and no object literal: biome 2.6.8 rewrites octal property names to other numbers.
const TYPES = new Map([
  [0o140000, 's'],
  [0o120000, 'l'],
  [0o100000, 'f'],
  [0o060000, 'b'],
  [0o040000, 'd'],
  [0o020000, 'c'],
  [0o010000, 'p'],
]);
// The account tools keep the file of before and their lock.
const OF_ACCOUNT_TOOLS = [
  '/etc/.pwd.lock',
  ...['passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'].map((name) => `/etc/${name}-`),
];

function content(path, type) {
  if (type === 'l') return readlinkSync(path);
  if (type === 'f') return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  return '';
}

/** Rows of path, type, mode, uid, gid and content. `oneDevice` stays on the file system that a path itself is on. */
function listTree(paths, { skip = [], oneDevice = false } = {}) {
  const skipped = new Set([...OF_ACCOUNT_TOOLS, ...skip]);
  const rows = [];
  const list = (path, device) => {
    if (skipped.has(path)) return;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || (device !== undefined && stat.dev !== device)) return;
    const type = TYPES.get(stat.mode & 0o170000);
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
    rows.push([path, type, mode, stat.uid, stat.gid, content(path, type)]);
    if (type !== 'd') return;
    for (const name of readdirSync(path).sort())
      list(path === '/' ? `/${name}` : `${path}/${name}`, oneDevice ? stat.dev : undefined);
  };
  for (const path of paths) list(path);
  return rows;
}

module.exports = { listTree };

if (require.main === module) {
  const words = process.argv.slice(2);
  const skip = [];
  while (words[0] === '--skip') skip.push(words.splice(0, 2)[1]);
  const oneDevice = words[0] === '--one-device' && Boolean(words.shift());
  for (const row of listTree(words, { skip, oneDevice })) console.log(JSON.stringify(row));
}
