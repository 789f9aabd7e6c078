// Plants mistakes one at a time in a copy of the repository, and tells what catches each, in how many
// seconds: `npm run planted [-- core | adapters] [-- --only words] [--table]`. The lists are the files
// beside scripts/planted/workshop.mjs; each exports `mistakes`, an array of
//
//   { file, find, replace, why, tests }
//
// `find` stands once in the file. `why` names the slip as its author would. `tests` are runs of vitest,
// each as its arguments in one text, the cheapest first. Types are looked at before them.
// Ends with 1 if a mistake survives all that, or is to be planted where there is no place for it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, seconds } from './child.mjs';
import { openWorkshop } from './planted/workshop.mjs';

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    table: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const lists = path.join(root, 'scripts', 'planted');
const names = readdirSync(lists)
  .map((file) => path.basename(file, '.mjs'))
  .filter((name) => name !== 'workshop')
  .filter((name) => positionals.length === 0 || positionals.includes(name));
const loaded = await Promise.all(names.map((name) => import(`./planted/${name}.mjs`)));
const mistakes = loaded
  .flatMap((list) => list.mistakes)
  .filter(({ why, file }) => `${file} ${why}`.includes(values.only));

/** Null when there is exactly one place for it. */
function misplaced({ file, find, replace }) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const places = text.split(find).length - 1;
  if (find === replace) return 'it changes nothing';
  return places === 1 ? null : `${file} has ${places} places for it`;
}

/** What catches a planted mistake: types, or a test by name; null for nothing. */
async function catcherOf({ file, tests }) {
  if (!(await workshop.types(file))) return 'types';
  for (const args of tests) {
    const failed = await workshop.tests(args);
    if (failed !== null) return failed;
  }
  return null;
}

const workshop = await openWorkshop();
const rows = [];
try {
  // What fails without any mistake catches none.
  const all = [...new Set(mistakes.flatMap(({ tests }) => tests))];
  for (const args of all) {
    const failed = await workshop.tests(args);
    if (failed !== null) throw new Error(`fails without a mistake: vitest run ${args}: ${failed}`);
  }
  for (const mistake of mistakes) {
    const nowhere = misplaced(mistake);
    const startedAt = performance.now();
    const restore = nowhere === null ? workshop.plant(mistake) : () => {};
    const caughtBy = nowhere === null ? await catcherOf(mistake) : null;
    restore();
    rows.push({ ...mistake, nowhere, caughtBy, took: seconds(startedAt) });
    const told = nowhere ?? (caughtBy === null ? 'SURVIVED' : `caught by ${caughtBy}`);
    console.error(`${mistake.why}: ${told} (${seconds(startedAt)})`);
  }
} finally {
  workshop.close();
}

if (values.table) {
  console.log('| file | mistake | caught by | in |\n|---|---|---|---|');
  for (const row of rows)
    console.log(
      `| \`${row.file}\` | ${row.why} | ${row.caughtBy ?? '**nothing**'} | ${row.took} |`,
    );
}
const survived = rows.filter(({ caughtBy }) => caughtBy === null);
console.error(`${rows.length} mistakes planted, ${survived.length} not caught`);
if (survived.length > 0) process.exitCode = 1;
