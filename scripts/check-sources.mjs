// What the linter has no rule for. Each rule says where it holds and what to do instead.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './child.mjs';
import { packedSpreads } from './packed-spreads.mjs';

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

/** Names that more than one file exports because they mean the same there. */
const sameMeaning = {
  ApiKey: 'http says what it needs of a service; the service has it',
  UserTotals: 'http says what it needs of a service; the store has it',
  DatabaseFault: "the core's, with what Postgres says beside it",
  IntentStatus: "Stripe's word; the sandbox shares no code with us",
  Page: 'a part of a list; the sandbox shares no code with us',
};

const maxLines = 250;
/** A package's index is a list of names, which nobody reads from top to bottom. */
const maxLinesOfIndex = 300;
/** A name is looked for: one that many files have finds none of them. */
const maxFilesOfOneName = 2;

const filesIn = (folder, name) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .map((file) => `${folder}/${file.split(path.sep).join('/')}`)
    .filter((file) => name.test(file))
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

const packageFiles = filesIn('packages', /^packages\/[^/]+\/(src|testing|test)\/.*\.ts$/);
const files = packageFiles.filter(({ file }) => !/^packages\/[^/]+\/test\//.test(file));
const sources = files.filter(({ file }) => /^packages\/[^/]+\/src\//.test(file));

/** Which keys belong to more files than `most`. */
const shared = (pairs, most) => {
  const filesOf = new Map();
  for (const [key, file] of pairs) filesOf.set(key, (filesOf.get(key) ?? new Set()).add(file));
  return [...filesOf].filter(([, of]) => of.size > most).map(([key, of]) => [key, [...of]]);
};

const brokenRules = sources.flatMap(({ file, text }) => {
  const lines = withoutComments(text).split('\n');
  return rules
    .filter((rule) => rule.holds(file))
    .flatMap((rule) =>
      lines.flatMap((line, index) =>
        rule.forbidden.test(line) ? [`${file}:${index + 1}: ${line.trim()} (${rule.instead})`] : [],
      ),
    );
});

const tooLong = files.flatMap(({ file, text }) => {
  const lines = text.trimEnd().split('\n').length;
  const most = file.endsWith('/src/index.ts') ? maxLinesOfIndex : maxLines;
  return lines > most ? [`${file}: ${lines} lines (at most ${most})`] : [];
});

const spreads = [
  packageFiles,
  ...['scripts', 'bench', 'examples'].map((folder) => filesIn(folder, /\.(ts|mjs|cjs)$/)),
].flatMap((these) =>
  these.flatMap(({ file, text }) =>
    packedSpreads(file, text).map(
      (line) => `${file}:${line}: a literal is spread; write what it holds, a line each`,
    ),
  ),
);

const sameFileNames = shared(
  sources
    .map(({ file }) => [path.basename(file), file])
    // A package's face, which every folder may have.
    .filter(([name]) => name !== 'index.ts'),
  maxFilesOfOneName,
).map(([name, of]) => `${of.join(', ')}: name each after what it holds, not ${name}`);

const exported =
  /^export (?:async |abstract |declare )*(?:const|function\*?|class|interface|type) (\w+)/gm;
const exportedBySeveral = shared(
  sources.flatMap(({ file, text }) => [...text.matchAll(exported)].map(([, name]) => [name, file])),
  1,
);
const sameExports = exportedBySeveral
  .filter(([name]) => !Object.hasOwn(sameMeaning, name))
  .map(([name, of]) => `${of.join(', ')}: both export ${name}; one name has one meaning`);
const noLongerShared = Object.keys(sameMeaning)
  .filter((name) => !exportedBySeveral.some(([shared]) => shared === name))
  .map((name) => `scripts/check-sources.mjs: ${name} is exported once, so it needs no leave`);

const offences = [brokenRules, tooLong, spreads, sameFileNames, sameExports, noLongerShared].flat();
if (sources.length === 0) offences.push('no sources found under packages/*/src');
for (const offence of offences) console.error(offence);
console.log(`${sources.length} source files checked, ${offences.length} offences`);
process.exitCode = offences.length > 0 ? 1 : 0;
