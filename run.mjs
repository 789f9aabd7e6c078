// The commands of the README, in a clone that has nothing but Node and npm:
//
//   npm start         [-- options of `campusg-pay serve`]
//   npm test          [-- options of vitest]
//   npm run test:long [-- options of vitest]
//   npm run coverage  [-- options of vitest]
//
// Both install and build first, and only what changed. Nothing here has a dependency.

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`CampusG Pay needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

const { install } = await import('./scripts/install.mjs');
const { build } = await import('./scripts/build.mjs');
const { alone } = await import('./scripts/lock.mjs');
const { foreground, StepFailed } = await import('./scripts/child.mjs');

/** Both write a report where they are asked to, so that CI can count what ran: see .ci/run. */
const vitest = (report, args) =>
  foreground(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    `--outputFile.json=.cache/${report}-report.json`,
    ...args,
  ]);

const commands = {
  start: (args) =>
    foreground(process.execPath, [
      '--enable-source-maps',
      // Requests leave much behind that is soon not needed: room for it costs less than looking for it.
      '--min-semi-space-size=16',
      '--max-semi-space-size=32',
      'packages/cli/dist/main.js',
      'serve',
      ...args,
    ]),
  test: (args) => vitest('test', ['--project=!long', ...args]),
  'test:long': (args) => vitest('test-long', ['--project=long', ...args]),
  coverage: (args) => vitest('coverage', ['--coverage', ...args]),
};

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name)) {
  console.error(`usage: node run.mjs <${Object.keys(commands).join('|')}> [options]`);
  process.exit(2);
}

try {
  await alone(async () => {
    await install();
    await build();
  });
  process.exitCode = await commands[name](args);
} catch (error) {
  // A step that failed has said so already; anything else is a bug and keeps its stack.
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = 1;
}
