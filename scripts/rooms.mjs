// `npm run rooms`: the rooms of packages/ with their sizes, then who may import whom. A room is a
// folder of a package as docs/architecture.md draws them, with all below it, such as core/src/payment;
// http is small enough to be one. No room may hold too much.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './child.mjs';

const mostOfAll = 0.3;
const undivided = new Set(['http']);
const require = createRequire(import.meta.url);

/** `core/src/payment` for any file below it; `core/src` for what lies in no folder. */
function roomOf(file) {
  const [name, part, ...below] = file.split('/');
  if (undivided.has(name)) return name;
  return part === 'src' && below.length > 1 ? `${name}/src/${below[0]}` : `${name}/${part}`;
}

const rooms = new Map();
for (const entry of readdirSync(path.join(root, 'packages'), { recursive: true })) {
  const file = entry.split(path.sep).join('/');
  if (!/^[^/]+\/(src|testing)\/.*\.ts$/.test(file)) continue;
  const lines = readFileSync(path.join(root, 'packages', file), 'utf8')
    .trimEnd()
    .split('\n').length;
  const room = rooms.get(roomOf(file)) ?? { files: 0, lines: 0 };
  rooms.set(roomOf(file), { files: room.files + 1, lines: room.lines + lines });
}

const sum = (of) =>
  of.reduce((all, one) => ({ files: all.files + one.files, lines: all.lines + one.lines }), {
    files: 0,
    lines: 0,
  });
const all = sum([...rooms.values()]);
const share = ({ lines }) => lines / all.lines;
const line = (name, size) =>
  `${name.padEnd(28)}${String(size.files).padStart(6)}${String(size.lines).padStart(8)}` +
  `${(share(size) * 100).toFixed(1).padStart(8)} %`;

console.log(`${'room'.padEnd(28)} files   lines     share`);
console.log(line('packages', all));
for (const name of ['core', 'adapters', 'sandbox', 'http', 'cli']) {
  const own = [...rooms].filter(([room]) => room.split('/')[0] === name);
  console.log(line(`  ${name}`, sum(own.map(([, size]) => size))));
  if (undivided.has(name)) continue;
  for (const [room, size] of own.sort(([one], [other]) => (one < other ? -1 : 1))) {
    console.log(line(`    ${room.slice(name.length + 1)}`, size));
  }
}

console.log('\nimport rules (npm run deps):');
for (const { name, comment } of require('../.dependency-cruiser.cjs').forbidden) {
  console.log(`  ${name}\n    ${comment}`);
}

const tooLarge = [...rooms].filter(([, size]) => share(size) > mostOfAll);
for (const [room, size] of tooLarge) {
  console.error(`${room} holds ${(share(size) * 100).toFixed(1)} % of packages/: divide it`);
}
process.exitCode = tooLarge.length > 0 || rooms.size === 0 ? 1 : 0;
