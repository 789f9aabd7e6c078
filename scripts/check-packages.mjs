// Packs every package as it would be published, installs the archives in a folder that knows
// nothing of this workspace, and uses them there: import, require, types, command.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from './build.mjs';
import { quiet, root, StepFailed, seconds } from './child.mjs';
import { packageFolders } from './install.mjs';
import { alone } from './lock.mjs';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const workspace = readJson(path.join(root, 'package.json'));
const pnpm = (title, args, cwd) =>
  quiet(title, 'npx', ['-y', workspace.packageManager, ...args], { cwd });
const node = (title, args, cwd) => quiet(title, process.execPath, args, { cwd });
const tool = (...parts) => path.join(root, 'node_modules', ...parts);

const fail = (sentence) => {
  console.error(sentence);
  throw new StepFailed(sentence);
};

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
  await node(`publint of ${name}`, [
    tool('publint', 'src', 'cli.js'),
    ...['run', archive, '--strict'],
  ]);
  const attw = async (profile, checked, ...options) => {
    if (checked.length === 0) return;
    await node(`arethetypeswrong of ${name}`, [
      tool('@arethetypeswrong', 'cli', 'dist', 'index.js'),
      ...[archive, '--profile', profile, '--format', 'ascii', '--no-emoji'],
      ...['--entrypoints', ...checked.map((entry) => entry.key), ...options],
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
    ...['--ignore-rules', 'internal-resolution-error'],
  );
};

/**
 * Makes a project that depends on the archives. pnpm installs it for its strictness: a package
 * that uses what it doesn't declare fails here, and only here.
 */
const installIn = async (folder, packed) => {
  const archives = Object.fromEntries(packed.map((p) => [p.manifest.name, `file:${p.archive}`]));
  // What a TypeScript project with tests brings along by itself.
  const own = ['@types/node', 'fast-check', 'typescript', 'vitest'];
  const versions = own.map((name) => [name, workspace.devDependencies[name]]);
  const manifest = {
    name: 'consumer',
    private: true,
    dependencies: { ...archives, ...Object.fromEntries(versions) },
    // An archive's dependency on its sister must not be looked for in a registry.
    pnpm: { overrides: archives },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  const options = ['--prefer-offline', '--no-frozen-lockfile', '--ignore-scripts'];
  await pnpm('installing the archives', ['install', ...options], folder);
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

const typecheck = (folder, file, code, how) => {
  writeFileSync(path.join(folder, file), code);
  const compilerOptions = {
    ...how,
    ...{ target: 'es2022', lib: ['es2023'], types: ['node'], strict: true, noEmit: true },
    // Declarations are checked, not believed: they may mention types that nobody installs.
    skipLibCheck: false,
  };
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: [file] }),
  );
  const tsc = path.join(folder, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder });
  const output = `${run.stdout}${run.stderr}`;
  const errors = output.split('\n').filter((line) => line.includes('error TS'));
  if (run.status !== 0 && errors.length === 0) fail(`tsc of ${file}:\n${output}`);
  // An error within somebody else's declarations is neither ours nor in our consumers' way.
  const ours = errors.filter(
    (line) => !line.includes('node_modules') || line.includes('@campusg-pay'),
  );
  if (ours.length > 0)
    fail(`${file}, moduleResolution ${how.moduleResolution}:\n${ours.join('\n')}`);
};

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
  for (const made of [archives, project]) mkdirSync(made);

  const packed = await pack(archives);
  for (const one of packed) await lint(one);
  await installIn(project, packed);

  const loaded = [];
  for (const entry of packed.flatMap((one) => one.entries)) {
    loaded.push(await load(project, entry));
  }
  const requirable = loaded.filter((entry) => entry.requirable);
  const node16 = { module: 'node16', moduleResolution: 'node16' };
  typecheck(project, 'consumer.mts', consumer(loaded), node16);
  typecheck(project, 'consumer.cts', consumer(requirable), node16);
  typecheck(project, 'consumer.mts', consumer(loaded), {
    module: 'esnext',
    moduleResolution: 'bundler',
  });
  for (const one of packed) {
    checkData(project, one);
    await checkCommands(project, one);
  }
  for (const { specifier, names, requirable: also } of loaded) {
    console.log(`${specifier}: ${names.length} exports, ${also ? 'import and require' : 'import'}`);
  }
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
