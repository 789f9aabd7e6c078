import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { quiet, root, seconds } from './child.mjs';

const stamp = path.join(root, 'node_modules', '.campusg-pay-installed');

/** Folders of the workspace's packages, relative to the repository. */
export const packageFolders = () =>
  readdirSync(path.join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.posix.join('packages', entry.name))
    .filter((folder) => existsSync(path.join(root, folder, 'package.json')));

/** Everything an installation depends on, in one hash. */
const wanted = () => {
  // The platform, because a folder may be shared by two systems and Postgres is a binary.
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  const manifests = ['.', ...packageFolders()].map((folder) =>
    path.posix.join(folder, 'package.json'),
  );
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests]) {
    hash.update(`${file}\n`).update(readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
};

const installed = () => (existsSync(stamp) ? readFileSync(stamp, 'utf8') : '');

/**
 * The dependencies of the lockfile, installed unless they already are.
 * pnpm comes through npx, in the version that package.json names.
 */
export const install = async () => {
  const hash = wanted();
  const complete = packageFolders().every((f) => existsSync(path.join(root, f, 'node_modules')));
  if (complete && installed() === hash) return;
  const since = performance.now();
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  // Gone first and written last: an interrupted installation is never taken for a finished one.
  rmSync(stamp, { force: true });
  await quiet('installing dependencies', 'npx', [
    '-y',
    packageManager,
    'install',
    '--frozen-lockfile',
    // Also under NODE_ENV=production: the build itself needs the development dependencies.
    '--prod=false',
    // Without a terminal pnpm would refuse to replace a node_modules that another tool made.
    '--config.confirmModulesPurge=false',
  ]);
  writeFileSync(stamp, hash);
  console.log(`installed dependencies (${seconds(since)})`);
};
