import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quiet, root } from '../child.mjs';

const LIST = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];

/** A copy of the repository as it is now, in which mistakes can be planted. Dependencies are shared. */
export async function openWorkshop() {
  const folder = mkdtempSync(path.join(tmpdir(), 'planted-'));
  const listed = await quiet('Listing the files', 'git', LIST);
  for (const file of listed.split('\0').filter(Boolean)) {
    const from = path.join(root, file);
    if (existsSync(from)) cpSync(from, path.join(folder, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const name of ['core', 'adapters', 'sandbox', 'http', 'cli']) {
    const own = path.join('packages', name, 'node_modules');
    // Links between packages are relative, so that copied they lead to the copies.
    const options = { recursive: true, verbatimSymlinks: true };
    if (existsSync(path.join(root, own)))
      cpSync(path.join(root, own), path.join(folder, own), options);
  }
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Whoever ends the runner leaves neither a test running nor a copy behind.
  const cutOff = () => {
    if (running !== null) process.kill(-running.pid, 'SIGKILL');
    remove();
    process.exit(130);
  };
  process.once('SIGINT', cutOff).once('SIGTERM', cutOff);
  return {
    /** Whether the sources of that file's package pass the compiler. */
    types: async (file) => {
      const include = [file.split('/').slice(0, 3).join('/')];
      const project = path.join(folder, 'tsconfig.planted.json');
      writeFileSync(project, JSON.stringify({ extends: './tsconfig.json', include }));
      return (await run(folder, 'typescript/bin/tsc', ['--noEmit', '-p', project])).ok;
    },
    /** One run of vitest; null when all tests pass, else the name of one that does not. */
    tests: (args) => failedTest(folder, args),
    plant: ({ file, find, replace }) => {
      const target = path.join(folder, file);
      const before = readFileSync(target, 'utf8');
      writeFileSync(
        target,
        before.replace(find, () => replace),
      );
      return () => writeFileSync(target, before);
    },
    close: remove,
  };
}

/** What a mistake makes endless is caught by that. */
const LONGEST_RUN_MS = 5 * 60_000;

async function failedTest(folder, args) {
  const report = path.join(folder, 'planted-report.json');
  rmSync(report, { force: true });
  const options = ['run', '--bail=1', '--reporter=json', `--outputFile=${report}`];
  const { ok, said } = await run(folder, 'vitest/vitest.mjs', [...options, ...args.split(' ')]);
  if (ok) return null;
  if (said === ENDLESS) return ENDLESS;
  if (!existsSync(report)) return said.trim().split('\n').at(-1);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = testResults.find(({ status }) => status === 'failed');
  const test = failed?.assertionResults.find(({ status }) => status === 'failed');
  const file = failed === undefined ? 'a run' : path.basename(failed.name).split('.')[0];
  return `${file}: ${test?.fullName ?? 'does not load'}`;
}

const ENDLESS = 'the tests did not end';

let running = null;

/** Runs a tool of node_modules in a folder, with all that it starts, for so long at most. */
function run(folder, tool, args) {
  const child = spawn(process.execPath, [path.join(folder, 'node_modules', tool), ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running = child;
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  child.stderr.on('data', (part) => parts.push(part));
  return new Promise((resolve, reject) => {
    let isEndless = false;
    const timer = setTimeout(() => {
      isEndless = true;
      process.kill(-child.pid, 'SIGKILL');
    }, LONGEST_RUN_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      running = null;
      clearTimeout(timer);
      resolve({ ok: code === 0, said: isEndless ? ENDLESS : Buffer.concat(parts).toString() });
    });
  });
}
