// Sees each rule of .dependency-cruiser.cjs fail: in a folder of its own, one forbidden import for
// every rule, and that rule alone must tell it. A rule without an example here fails as well.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quiet, root } from './child.mjs';

const require = createRequire(import.meta.url);
const config = path.join(root, '.dependency-cruiser.cjs');

/** By rule: a folder, and what a file in it must not import. */
const FORBIDDEN = {
  'core-imports-only-neverthrow': ['core/src/payment', 'node:fs'],
  'core-rules-know-no-use-case': ['core/src/payment', '../commands/index.js'],
  'core-testing-imports-core-vitest-fast-check': ['core/testing', 'zod'],
  'core-tests-know-core-only': ['core/test', '@campusg-pay/adapters'],
  'adapters-know-core-only': ['adapters/src/stripe', '@campusg-pay/sandbox'],
  'contract-knows-core-only': ['adapters/src/contract', 'pino'],
  'postgres-knows-no-other-driver': ['adapters/src/postgres', '../kafka/index.js'],
  'stripe-knows-no-other-driver': ['adapters/src/stripe', '../postgres/index.js'],
  'kafka-knows-no-other-driver': ['adapters/src/kafka', '../service/index.js'],
  'cli-knows-no-driver': ['cli/src', '@campusg-pay/adapters/postgres'],
  'http-needs-no-driver': ['http/src', '@campusg-pay/adapters/service'],
  'http-knows-no-cli': ['http/src', '@campusg-pay/cli'],
  'sandbox-knows-nothing-of-ours': ['sandbox/src/model', '@campusg-pay/core'],
  'sandbox-room-state': ['sandbox/src/state', '../model/index.js'],
  'sandbox-room-model': ['sandbox/src/model', '../api/index.js'],
  'sandbox-room-webhooks': ['sandbox/src/webhooks', '../api/index.js'],
  'sandbox-room-control': ['sandbox/src/control', '../api/index.js'],
  'sandbox-room-api': ['sandbox/src/api', '../pages/index.js'],
  'sandbox-room-pages': ['sandbox/src/pages', '../control/index.js'],
  'no-relative-path-into-another-package': ['http/src', '../../core/src/index.js'],
  'sources-do-not-import-tests': ['http/src', '../test/index.js'],
  'sql-lives-under-postgres': ['cli/src', 'pg'],
  'stripe-sdk-lives-under-stripe': ['cli/src', 'stripe'],
  'kafkajs-lives-under-kafka': ['cli/src', 'kafkajs'],
  'no-cycle': ['cli/src', './no-cycle.js'],
  'no-unresolvable-import': ['cli/src', './nowhere.js'],
};

/** Packages with nothing in them but what can be imported. */
const folder = mkdtempSync(path.join(tmpdir(), 'import-rules-'));
const write = (file, text) => {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
};

function buildPackages() {
  for (const name of ['core', 'adapters', 'sandbox', 'http', 'cli']) {
    const exports = { '.': './src/index.ts', './*': './src/*/index.ts' };
    write(`packages/${name}/package.json`, JSON.stringify({ name, type: 'module', exports }));
    write(`packages/${name}/src/index.ts`, 'export {};\n');
    const link = path.join(folder, 'node_modules/@campusg-pay', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(folder, 'packages', name), link, 'junction');
  }
  for (const name of ['pg', 'stripe', 'kafkajs', 'zod', 'pino']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'ESNext' } }));
  for (const [rule, [place, imported]] of Object.entries(FORBIDDEN)) {
    write(`packages/${place}/${rule}.ts`, `import '${imported}';\n`);
    if (!imported.endsWith('/index.js')) continue;
    write(`packages/${path.posix.join(place, imported).replace(/js$/, 'ts')}`, 'export {};\n');
  }
  write('packages/adapters/src/postgres/index.ts', 'export {};\n');
  write('packages/adapters/src/service/index.ts', 'export {};\n');
}

/** The rules that each file of the folder breaks. */
async function brokenRules() {
  const cruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = ['packages', '--config', config, '--output-type', 'json', '--no-progress'];
  const output = await quiet('dependency-cruiser', process.execPath, [cruise, ...args], {
    cwd: folder,
  });
  const broken = new Map();
  for (const { from, rule } of JSON.parse(output).summary.violations) {
    broken.set(from, (broken.get(from) ?? new Set()).add(rule.name));
  }
  return broken;
}

try {
  buildPackages();
  const broken = await brokenRules();
  const rules = require(config).forbidden.map(({ name }) => name);
  const troubles = rules
    .filter((rule) => !Object.hasOwn(FORBIDDEN, rule))
    .map((rule) => `${rule}: scripts/check-import-rules.mjs has no import that it forbids`);
  for (const [rule, [place, imported]] of Object.entries(FORBIDDEN)) {
    const file = `packages/${place}/${rule}.ts`;
    const found = [...(broken.get(file) ?? [])].join(', ') || 'no rule';
    if (found !== rule) troubles.push(`${rule}: ${file} imports ${imported}, and ${found} fails`);
    broken.delete(file);
  }
  for (const [file, found] of broken) troubles.push(`${file} breaks ${[...found].join(', ')}`);
  for (const trouble of troubles) console.error(trouble);
  console.log(`${rules.length} import rules seen to fail, ${troubles.length} troubles`);
  process.exitCode = troubles.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
