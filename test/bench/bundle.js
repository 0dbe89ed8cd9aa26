const { dirname } = require('node:path');
const { rolldown } = require('rolldown');

/** Node 20 does not read TypeScript; and a bundle has another folder than the files whose neighbours it looks for. */
exports.bundle = (input) =>
  rolldown({
    input,
    platform: 'node',
    // No benchmark scans in its own process.
    external: /\?compiled/,
    plugins: [
      {
        name: 'own-folder',
        transform: (code, id) => code.replaceAll('import.meta.dirname', JSON.stringify(dirname(id))),
      },
    ],
  });
