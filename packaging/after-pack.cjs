// An Electron folder made for development carries an application of its own; a packaged one has no use for it.
const { rmSync } = require('node:fs');
const { join } = require('node:path');

exports.default = async ({ appOutDir }) => {
  rmSync(join(appOutDir, 'resources', 'default_app.asar'), { force: true });
};
