// What the linter has no rule for. Each rule says where it holds and what to do instead.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './child.mjs';

const readsEnvironment = new Set([
  'packages/adapters/src/service/config.ts',
  'packages/sandbox/src/main.ts',
  'packages/cli/src/main.ts',
]);

const rules = [
  {
    holds: (file) => file.startsWith('packages/core/src/'),
    forbidden: /\bnew Date\(\s*\)|\bDate\.now\b|\bDate\(\s*\)/,
    instead: 'core has no clock: time arrives as data or through the Clock port',
  },
  {
    holds: (file) => file.startsWith('packages/core/src/'),
    forbidden: /\bMath\.random\b/,
    instead: 'core has no randomness: ids arrive through the NewId port',
  },
  {
    holds: (file) => !readsEnvironment.has(file),
    forbidden: /\benv\b[^;\n]*\}\s*=\s*(?:globalThis\.)?process\b/,
    instead: 'the environment is read once, in packages/adapters/src/service/config.ts',
  },
];

/** The code with comments blanked, so that prose may name what code may not use. */
const withoutComments = (code) =>
  code
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/.*$/gm, '$1');

const sources = readdirSync(path.join(root, 'packages'), { recursive: true })
  .map((file) => `packages/${file.split(path.sep).join('/')}`)
  .filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file));

const offences = sources.flatMap((file) => {
  const lines = withoutComments(readFileSync(path.join(root, file), 'utf8')).split('\n');
  return rules
    .filter((rule) => rule.holds(file))
    .flatMap((rule) =>
      lines.flatMap((line, index) =>
        rule.forbidden.test(line) ? [`${file}:${index + 1}: ${line.trim()} (${rule.instead})`] : [],
      ),
    );
});

if (sources.length === 0) offences.push('no sources found under packages/*/src');
for (const offence of offences) console.error(offence);
console.log(`${sources.length} source files checked, ${offences.length} offences`);
process.exitCode = offences.length > 0 ? 1 : 0;
