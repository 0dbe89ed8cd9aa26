// node crowd.cjs TEMPLATE < NAMES: makes customers like TEMPLATE, as if each had been added: in the account files, in the root
// and among the keys. (1,000 add-user would take minutes.)
const {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
} = require('node:fs');
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const template = process.argv.at(-1);
const names = readFileSync(0, 'utf8').split('\n');

const lines = (path) => readFileSync(path, 'utf8').trimEnd().split('\n');
const entry = (path) =>
  lines(path)
    .find((line) => line.startsWith(`${template}:`))
    .split(':');

const passwd = entry('/etc/passwd');
const shadow = entry('/etc/shadow');
const uid = Number(passwd[2]);
const uidOf = (i) => uid + 1 + i;
appendFileSync(
  '/etc/passwd',
  names.map((name, i) => `${[name, 'x', uidOf(i), ...passwd.slice(3)].join(':')}\n`).join(''),
);
appendFileSync('/etc/shadow', names.map((name) => `${[name, ...shadow.slice(1)].join(':')}\n`).join(''));

for (const path of ['/etc/group', '/etc/gshadow']) {
  const withNames = lines(path).map((line) => {
    const fields = line.split(':');
    const members = fields[3].split(',');
    return members.includes(template) ? [...fields.slice(0, 3), [...members, ...names].join(',')].join(':') : line;
  });
  writeFileSync(path, `${withNames.join('\n')}\n`);
}

function copy(from, to, owner) {
  const found = lstatSync(from);
  if (found.isSocket()) return linkSync(from, to);
  if (found.isDirectory()) {
    mkdirSync(to);
    for (const name of readdirSync(from)) copy(join(from, name), join(to, name), owner);
  } else copyFileSync(from, to);
  chownSync(to, found.uid === uid ? owner : found.uid, found.gid);
  chmodSync(to, found.mode & 0o7777);
}

for (const [i, name] of names.entries()) {
  copy(`/sftp-root/${template}`, `/sftp-root/${name}`, uidOf(i));
  copy(`/etc/sftpjail/keys/${template}`, `/etc/sftpjail/keys/${name}`, uidOf(i));
  const declared = `/etc/sftpjail/users/${template}.yaml`;
  if (existsSync(declared)) copy(declared, `/etc/sftpjail/users/${name}.yaml`, uidOf(i));
}
