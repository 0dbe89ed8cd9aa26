const { dirname } = require('node:path');
const { rolldown } = require('rolldown');

/** Node 20 does not read TypeScript; and a bundle has another folder than the files whose neighbours it looks for. */
exports.bundle = (input) =>
  rolldown({
    input,
    platform: 'node',
    plugins: [
      {
        name: 'own-folder',
        transform: (code, id) => code.replaceAll('import.meta.dirname', JSON.stringify(dirname(id))),
      },
      {
        // No benchmark reads a log in its own process.
        name: 'no-web-assembly',
        resolveId: (id) => (/\?compiled/.test(id) ? '\0no-web-assembly' : null),
        load: (id) => (id === '\0no-web-assembly' ? "export default '';" : null),
      },
    ],
  });
