// Projects that know nothing of this workspace, and what is done in them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { quiet, root, StepFailed } from '../child.mjs';

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
export const workspace = readJson(path.join(root, 'package.json'));
export const pnpm = (title, args, cwd) =>
  quiet(title, 'npx', ['-y', workspace.packageManager, ...args], { cwd });
export const node = (title, args, cwd, env = {}) =>
  quiet(title, process.execPath, args, { cwd, env });
export const tool = (...parts) => path.join(root, 'node_modules', ...parts);

export const fail = (sentence) => {
  console.error(sentence);
  throw new StepFailed(sentence);
};

/**
 * Makes a project that depends on some of the archives. pnpm installs it for its strictness: a
 * package that uses what it doesn't declare fails here, and only here.
 *
 * @param wanted.ours the names of our packages that it asks for
 * @param wanted.others versions of other packages, by name
 */
export const makeProject = async (folder, packed, { ours, others = {} }) => {
  mkdirSync(folder);
  const archives = Object.fromEntries(packed.map((p) => [p.manifest.name, `file:${p.archive}`]));
  const asked = ours.map((name) => [name, archives[name]]);
  const manifest = {
    name: 'consumer',
    private: true,
    dependencies: { ...Object.fromEntries(asked), ...others },
    // An archive's dependency on its sister must not be looked for in a registry.
    pnpm: { overrides: archives },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  const options = ['--prefer-offline', '--no-frozen-lockfile', '--ignore-scripts'];
  await pnpm(`installing ${ours.join(', ')}`, ['install', ...options], folder);
};

/** The packages that were installed, each once; `@types` that declarations need among them. */
export const installedIn = (folder) => {
  const names = readdirSync(path.join(folder, 'node_modules', '.pnpm'))
    .filter((name) => name.includes('@', 1))
    .map((name) => name.slice(0, name.indexOf('@', 1)).replace('+', '/'));
  return [...new Set(names)].sort();
};

/** Every way in which TypeScript finds a package, from ES modules and where it can from CommonJS. */
const RESOLUTIONS = [
  { module: 'node16', moduleResolution: 'node16', kinds: ['mts', 'cts'] },
  { module: 'nodenext', moduleResolution: 'nodenext', kinds: ['mts', 'cts'] },
  { module: 'esnext', moduleResolution: 'bundler', kinds: ['mts'] },
];

/** Compiles code as each kind of file and under each resolution, declarations of packages included. */
export const typecheckAll = (folder, codes) => {
  for (const [kind, code] of Object.entries(codes)) {
    writeFileSync(path.join(folder, `consumer.${kind}`), code);
  }
  for (const { kinds, ...how } of RESOLUTIONS) {
    const files = kinds.map((kind) => `consumer.${kind}`);
    compile(folder, files, how);
  }
};

const compile = (folder, files, how) => {
  const compilerOptions = {
    ...how,
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noEmit: true,
    // Ours, so that a project may be checked that has no types of Node.
    typeRoots: [tool('@types')],
    // Declarations are checked, not believed: they may mention types that nobody installs.
    skipLibCheck: false,
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = tool('typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder });
  const output = `${run.stdout}${run.stderr}`;
  const errors = output.split('\n').filter((line) => line.includes('error TS'));
  if (run.status !== 0 && errors.length === 0) fail(`tsc of ${files}:\n${output}`);
  // An error within somebody else's declarations is neither ours nor in our consumers' way.
  const ours = errors.filter(
    (line) => !line.includes('node_modules') || line.includes('@campusg-pay'),
  );
  if (ours.length > 0) {
    fail(`${files}, moduleResolution ${how.moduleResolution}:\n${ours.join('\n')}`);
  }
};
