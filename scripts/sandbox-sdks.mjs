// Stripe's own SDKs in other languages, as witnesses that the sandbox is Stripe-shaped. They are
// installed from PyPI and the Go proxy into a temporary folder, which takes a minute.
//
//   node scripts/sandbox-sdks.mjs [python11] [python16] [go]
//
// A language that this machine does not have is passed over, and an error in CI.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSandbox } from '../packages/sandbox/dist/index.js';

const sdks = path.join(import.meta.dirname, 'sdks');
const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-sdks-'));
const LONGEST_MS = 180_000;

// The sandbox lives in this process, so that nothing may block it while an SDK walks.
function run(program, words, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd: folder,
      stdio: 'inherit',
      timeout: LONGEST_MS,
      ...options,
    });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

function python(version) {
  return async (env) => {
    const home = path.join(folder, `python${version}`);
    const bin = (name) => path.join(home, 'bin', name);
    const pip = ['install', '--quiet', '--disable-pip-version-check', `stripe==${version}.*`];
    return (
      (await run('python3', ['-m', 'venv', home])) &&
      (await run(bin('pip'), pip)) &&
      (await run(bin('python'), [path.join(sdks, 'walk.py')], { env }))
    );
  };
}

async function go(env) {
  copyFileSync(path.join(sdks, 'walk.go'), path.join(folder, 'walk.go'));
  return (
    (await run('go', ['mod', 'init', 'walk'], { stdio: 'ignore' })) &&
    (await run('go', ['get', 'github.com/stripe/stripe-go/v82@v82'])) &&
    (await run('go', ['run', 'walk.go'], { env }))
  );
}

const WALKS = {
  python11: { needs: 'python3', walk: python(11) },
  python16: { needs: 'python3', walk: python(16) },
  go: { needs: 'go', walk: go },
};

const wanted = process.argv.slice(2);
for (const name of wanted) if (!(name in WALKS)) throw new Error(`${name} is no SDK known here`);
try {
  for (const name of wanted.length === 0 ? Object.keys(WALKS) : wanted) {
    const { needs, walk } = WALKS[name];
    if (spawnSync(needs, [needs === 'go' ? 'version' : '--version']).status !== 0) {
      console.log(`${name}: passed over, this machine has no ${needs}`);
      if (process.env.CI) process.exitCode = 1;
      continue;
    }
    const began = performance.now();
    // Each its own, as they use the same idempotency keys.
    const sandbox = await startSandbox();
    const done = await walk({ ...process.env, SANDBOX_URL: sandbox.url });
    await sandbox.close();
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${name}: ${done ? 'ok' : 'FAILED'} (${seconds} s)`);
    if (!done) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
