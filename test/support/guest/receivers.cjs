// A mail server on port 25 and a web server on port 8080, which keep what they get: one JSON object a line in
// /run/received/mails and /run/received/posts. How much of the mail they refuse for now stands in /run/received/refuse.
const { appendFileSync, mkdirSync, readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { SMTPServer } = require('/opt/node_modules/smtp-server');

const FOLDER = '/run/received';
mkdirSync(FOLDER, { recursive: true });

const share = () => {
  try {
    return Number(readFileSync(`${FOLDER}/refuse`, 'utf8'));
  } catch {
    return 0;
  }
};
const textOf = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
};
const keep = (file, value) => appendFileSync(`${FOLDER}/${file}`, `${JSON.stringify({ at: Date.now(), ...value })}\n`);

const settings = process.argv[2] ? JSON.parse(readFileSync(process.argv[2], 'utf8')) : {};
const mail = new SMTPServer({
  ...settings.tls,
  authOptional: !settings.user,
  disabledCommands: settings.user ? [] : ['AUTH'],
  onAuth: ({ username, password }, _session, done) =>
    username === settings.user && password === settings.password
      ? done(null, { user: username })
      : done(new Error('not you')),
  onRcptTo({ address }, _session, done) {
    const refuses = Math.random() < share();
    keep('attempts', { to: address, refuses });
    done(refuses ? Object.assign(new Error('later'), { responseCode: 451 }) : null);
  },
  onData(stream, session, done) {
    textOf(stream).then((raw) => {
      keep('mails', { to: session.envelope.rcptTo.map(({ address }) => address), secure: session.secure, raw });
      done();
    });
  },
});
mail.on('error', () => {});
// Whoever is killed in the middle of a handshake leaves an error behind that nobody listens to.
process.on('uncaughtException', ({ code }) => {
  if (code !== 'ECONNECTION') process.exit(1);
});
mail.listen(25, '127.0.0.1');

createServer((request, response) => {
  textOf(request).then((body) => {
    keep('posts', { path: request.url, headers: request.headers, body });
    if (request.url.startsWith('/hang')) return;
    response.writeHead(request.url.startsWith('/broken') && share() > 0 ? 503 : 204);
    response.end();
  });
}).listen(8080, '127.0.0.1');
