// Loaded into every Node process of scripts/test-moved-clock.mjs. Programs that are started with an
// environment of their own, as the embedded Postgres is, would otherwise live in the present.

const childProcess = require('node:child_process');

const MOVES = [
  'LD_PRELOAD',
  'FAKETIME',
  'FAKETIME_DISABLE_SHM',
  'DONT_FAKE_MONOTONIC',
  'NO_FAKE_STAT',
  'FAKETIME_FORCE_MONOTONIC_FIX',
  'NODE_OPTIONS',
];
const clock = Object.fromEntries(
  MOVES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
);

// `spawn`, `fork` and `execFile` come down to this one; `spawnSync` and `execFileSync` to the other.
const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function (options) {
  const envPairs = options.envPairs ?? [];
  const set = new Set(envPairs.map((pair) => pair.slice(0, pair.indexOf('='))));
  const missing = Object.entries(clock).filter(([name]) => !set.has(name));
  const moved = [...envPairs, ...missing.map(([name, value]) => `${name}=${value}`)];
  return spawn.call(this, { ...options, envPairs: moved });
};
for (const name of ['spawnSync', 'execFileSync']) {
  const plain = childProcess[name];
  childProcess[name] = (file, ...rest) => {
    const args = Array.isArray(rest[0]) ? rest.shift() : [];
    const [options = {}] = rest;
    return plain(file, args, { ...options, env: { ...clock, ...(options.env ?? process.env) } });
  };
}
require('node:module').syncBuiltinESMExports();
