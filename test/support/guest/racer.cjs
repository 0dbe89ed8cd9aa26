// A customer at work in the data folder while their uploads are made group-writable: puts now one thing and now another
// in the place of the names that events tell of. Prints, as JSON, what became of the customer's own things.
const { chmodSync, existsSync, renameSync, statSync } = require('node:fs');

const [folder, stop] = process.argv.slice(2);
process.chdir(folder);

const PLACES = {
  f: ['own', 'to-shadow', 'to-secret', 'to-foreign', 'to-mine', 'foreign', 'globex', 'linked', 'pipe', 'own'],
  d: ['folder', 'to-globex', 'to-etc', 'to-own', 'foreign-folder', 'folder'],
};
const now = { f: null, d: null };
const seen = { swaps: 0, widened: 0, gained: 0 };
const pick = (list) => list[Math.floor(Math.random() * list.length)];

function put(place, next) {
  if (now[place] !== null) renameSync(place, `parked-${now[place]}`);
  if (next !== null) renameSync(`parked-${next}`, place);
  now[place] = next;
  seen.swaps++;
}

const own = (name, mode) => {
  if ((statSync(name).mode & 0o060) === 0o060) seen.widened++;
  chmodSync(name, mode);
};

while (!existsSync(stop)) {
  for (let turn = 0; turn < 200; turn++) {
    const place = pick(['f', 'd']);
    put(place, pick(PLACES[place]));
    if (now.f === 'own') own('f', 0o600);
    if (now.d === 'folder') own('d/f', 0o600);
    chmodSync('toggled', 0o4600);
    chmodSync('toggled', 0o600);
    for (let look = 0; look < 3; look++) if (statSync('toggled').mode & 0o6000) seen.gained++;
  }
}
for (const place of Object.keys(PLACES)) put(place, null);
console.log(JSON.stringify(seen));
