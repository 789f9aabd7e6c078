// Packs every package as it would be published, installs the archives in a folder that knows
// nothing of this workspace, and uses them there: import, require, types, command.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from './build.mjs';
import { quiet, root, StepFailed, seconds } from './child.mjs';
import { packageFolders } from './install.mjs';
import { alone } from './lock.mjs';
import { checkEmbedding } from './packages/embedding.mjs';
import { checkLoading } from './packages/loading.mjs';
import { checkOwnParts, copyOwnParts } from './packages/own-parts.mjs';
import {
  fail,
  makeProject,
  node,
  pnpm,
  readJson,
  tool,
  typecheckAll,
  workspace,
} from './packages/project.mjs';

/** @returns per package: its manifest, its archive, and what it offers under which name */
const pack = async (folder) => {
  await pnpm('packing', ['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder]);
  return packageFolders().map((source) => {
    const manifest = readJson(path.join(root, source, 'package.json'));
    const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
    const entries = Object.entries(manifest.exports ?? {}).map(([key, conditions]) => ({
      key,
      specifier: path.posix.join(manifest.name, key),
      requirable: conditions.require !== undefined,
    }));
    return { source, manifest, archive: path.join(folder, file), entries };
  });
};

/** What publint and arethetypeswrong say of an archive. */
const lint = async ({ manifest: { name }, archive, entries }) => {
  await node(`publint of ${name}`, [tool('publint', 'src', 'cli.js'), 'run', archive, '--strict']);
  const attw = async (profile, checked, ...options) => {
    if (checked.length === 0) return;
    await node(`arethetypeswrong of ${name}`, [
      tool('@arethetypeswrong', 'cli', 'dist', 'index.js'),
      archive,
      '--profile',
      profile,
      '--format',
      'ascii',
      '--no-emoji',
      '--entrypoints',
      ...checked.map((entry) => entry.key),
      ...options,
    ]);
  };
  await attw(
    'node16',
    entries.filter((entry) => entry.requirable),
  );
  await attw(
    'esm-only',
    entries.filter((entry) => !entry.requirable),
    // Counted although the profile leaves old resolution out, which can't follow a package's import
    // of itself. Whether declarations resolve is checked below by the compiler.
    '--ignore-rules',
    'internal-resolution-error',
  );
};

/** A project with all there is, and what a TypeScript project with tests brings along by itself. */
const makeCompleteProject = async (folder, packed) => {
  const own = ['@types/node', 'fast-check', 'typescript', 'vitest'];
  const versions = own.map((name) => [name, workspace.devDependencies[name]]);
  const peers = packed.flatMap(({ manifest: { peerDependencies = {} } }) =>
    Object.entries(peerDependencies).filter(([name]) => !name.startsWith('@campusg-pay/')),
  );
  const ours = packed.map(({ manifest }) => manifest.name);
  const { neverthrow } = packed.find(({ source }) => source.endsWith('core')).manifest.dependencies;
  const others = Object.fromEntries([['neverthrow', neverthrow], ...peers, ...versions]);
  await makeProject(folder, packed, { ours, others });
};

const exportsOf = async (folder, { specifier }, how) => {
  const module = how === 'require' ? `require('${specifier}')` : `await import('${specifier}')`;
  const file = path.join(folder, how === 'require' ? 'load.cjs' : 'load.mjs');
  writeFileSync(file, `console.log(JSON.stringify(Object.keys(${module})));`);
  const names = JSON.parse(await node(`${how} of ${specifier}`, [file], folder));
  return names.filter((name) => !['default', '__esModule', 'module.exports'].includes(name)).sort();
};

/** Loads an entry every way it is offered; the ways must agree. */
const load = async (folder, entry) => {
  const names = await exportsOf(folder, entry, 'import');
  if (names.length === 0) fail(`${entry.specifier} exports nothing`);
  if (entry.requirable) {
    const required = await exportsOf(folder, entry, 'require');
    if (required.join() !== names.join()) {
      fail(`${entry.specifier}: import gives ${names}; require gives ${required}`);
    }
  }
  return { ...entry, names };
};

/** A file that compiles only if every export of every entry has a type, and not `any`. */
const consumer = (loaded) =>
  [
    'type IsAny<T> = 0 extends 1 & T ? true : false;',
    ...loaded.flatMap(({ specifier, names }, i) => [
      `import * as entry${i} from '${specifier}';`,
      ...names.map(
        (name) => `export const e${i}_${name}: IsAny<typeof entry${i}.${name}> = false;`,
      ),
    ]),
  ].join('\n');

/** Files that are read at run time and that no import statement mentions. */
const checkData = (folder, { source, manifest }) => {
  const migrations = path.join(root, source, 'migrations');
  if (!existsSync(migrations)) return;
  for (const file of readdirSync(migrations)) {
    const packed = path.join(folder, 'node_modules', manifest.name, 'migrations', file);
    if (!existsSync(packed)) fail(`${manifest.name}: migrations/${file} is not packed`);
  }
};

const checkCommands = async (folder, { manifest }) => {
  for (const command of Object.keys(manifest.bin ?? {})) {
    const file = path.join(folder, 'node_modules', '.bin', command);
    await quiet(`${command} --help`, file, ['--help'], { cwd: folder });
  }
};

const check = async (folder) => {
  const archives = path.join(folder, 'archives');
  const project = path.join(folder, 'a project');
  mkdirSync(archives);

  const packed = await pack(archives);
  for (const one of packed) await lint(one);
  await makeCompleteProject(project, packed);

  const loaded = [];
  for (const entry of packed.flatMap((one) => one.entries)) {
    loaded.push(await load(project, entry));
  }
  const requirable = loaded.filter((entry) => entry.requirable);
  copyOwnParts(project);
  const ownParts = `import './own-parts/contract.test.js';\n`;
  typecheckAll(project, { mts: ownParts + consumer(loaded), cts: consumer(requirable) });
  await checkLoading(project, loaded);
  for (const one of packed) {
    checkData(project, one);
    await checkCommands(project, one);
  }
  for (const { specifier, names, requirable: also } of loaded) {
    console.log(`${specifier}: ${names.length} exports, ${also ? 'import and require' : 'import'}`);
  }
  console.log(checkOwnParts(project));
  console.log(await checkEmbedding(folder, packed));
};

const since = performance.now();
const folder = mkdtempSync(path.join(tmpdir(), 'campusg-pay-packages-'));
try {
  await alone(() => build({ types: true }));
  await check(folder);
  console.log(`packed packages import, require, type-check and run (${seconds(since)})`);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
