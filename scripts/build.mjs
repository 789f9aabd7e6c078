import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quiet, root, StepFailed, seconds } from './child.mjs';
import { packageFolders } from './install.mjs';
import { alone } from './lock.mjs';

const stamps = path.join(root, '.cache', 'build');
const tsup = path.join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');

/** What every package's build depends on besides its own folder. */
const shared = ['tsconfig.json', 'scripts/tsup-preset.ts', 'pnpm-lock.yaml'];

const filesUnder = (folder) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

const inputsOf = (folder) => [
  ...['src', 'testing']
    .map((name) => path.posix.join(folder, name))
    .filter((name) => existsSync(path.join(root, name)))
    .flatMap(filesUnder),
  path.join(root, folder, 'package.json'),
  path.join(root, folder, 'tsup.config.ts'),
];

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    hash
      .update(`${path.relative(root, file)}\n`)
      .update(readFileSync(file))
      .update('\n');
  }
  return hash.digest('hex');
};

/** Every file that the package promises to others, so that a deleted dist is noticed. */
const promised = (folder, types) => {
  const { bin = {}, exports = {} } = JSON.parse(
    readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
  );
  const leaves = (value) =>
    typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
  return [...leaves(bin), ...leaves(exports)].filter(
    (file) => file.startsWith('./dist/') && (types || file.endsWith('.js')),
  );
};

const isBuilt = (folder, stamp, types) => {
  const [code, declarations] = existsSync(stamp.file)
    ? readFileSync(stamp.file, 'utf8').split(' ')
    : [];
  return (
    code === stamp.code &&
    (!types || declarations === stamp.declarations) &&
    promised(folder, types).every((file) => existsSync(path.join(root, folder, file)))
  );
};

/** The packages whose inputs changed since their last build. */
const outdatedPackages = (types) => {
  const common = shared.map((file) => path.join(root, file));
  // Declarations mention those of other packages, so they depend on every package's sources.
  const declarations = hashOf([...common, ...packageFolders().flatMap(inputsOf)]);
  return packageFolders()
    .map((folder) => ({
      folder,
      file: path.join(stamps, path.basename(folder)),
      code: hashOf([...common, ...inputsOf(folder)]),
      declarations,
    }))
    .filter((stamp) => !isBuilt(stamp.folder, stamp, types));
};

const namesOf = (outdated) => outdated.map(({ folder }) => path.basename(folder)).join(', ');

/**
 * Builds the packages whose inputs changed since their last build, side by side.
 *
 * @param options.types also CommonJS and declarations, as published; otherwise only what running
 *   from this folder needs, which takes a fifth of the time
 */
export const build = async ({ types = false } = {}) => {
  const since = performance.now();
  mkdirSync(stamps, { recursive: true });
  const outdated = outdatedPackages(types);
  if (outdated.length === 0) return;
  const builds = outdated.map(async ({ folder, file, code, declarations }) => {
    rmSync(file, { force: true });
    await quiet(`building ${folder}`, process.execPath, [tsup], {
      cwd: path.join(root, folder),
      env: { BUILD: types ? 'complete' : 'js' },
    });
    writeFileSync(file, types ? `${code} ${declarations}` : code);
  });
  // All of them, so that one failure doesn't leave another's output half-written behind it.
  const results = await Promise.allSettled(builds);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  console.log(`built ${namesOf(outdated)} (${seconds(since)})`);
};

/** Whether what running needs is up to date; says what is not. */
const check = () => {
  const outdated = outdatedPackages(false);
  if (outdated.length === 0) return true;
  console.error(
    `The build of ${namesOf(outdated)} is older than the sources, or missing: run "node scripts/build.mjs --js" first.`,
  );
  return false;
};

// As a command: the complete build, or with --js what running needs; --check builds nothing.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) process.exit(check() ? 0 : 1);
  await alone(() => build({ types: !process.argv.includes('--js') })).catch((error) => {
    if (!(error instanceof StepFailed)) throw error;
    process.exitCode = 1;
  });
}
