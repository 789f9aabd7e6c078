// Lists the mutants of the last Stryker run that no test has found, and compares them with the
// explanations in docs/mutation.md: `node scripts/mutants.mjs [--check] [report.json]`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './child.mjs';

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const report = JSON.parse(
  readFileSync(path.resolve(root, positionals[0] ?? '.cache/mutation.json'), 'utf8'),
);

const FOUND = new Set(['Killed', 'Timeout']);
const COUNTED = new Set([...FOUND, 'Survived', 'NoCoverage']);

const mutants = Object.entries(report.files).flatMap(([file, { source, mutants: all }]) =>
  all
    .filter(({ status }) => COUNTED.has(status))
    .map((mutant) => ({ ...mutant, file: path.basename(file, '.ts'), source: source.split('\n') })),
);
const missed = mutants.filter(({ status }) => !FOUND.has(status));

/** The function of the file that a line belongs to: the last one that begins before it. */
function functionAt(source, line) {
  const before = source.slice(0, line).reverse();
  const begin = /^(?:export )?(?:async )?(?:function|const) (\w+)/;
  return before.map((text) => begin.exec(text)?.[1]).find((name) => name !== undefined) ?? 'top';
}

/** The piece of source that a mutant replaces, in one line. */
function original({ source, location: { start, end } }) {
  const lines = source.slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines[lines.length - 1].slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return inOneLine(lines.join(' '));
}

function inOneLine(text) {
  return text.replace(/\s+/g, ' ').slice(0, 110);
}

const places = new Map();
for (const mutant of missed) {
  const place = `${mutant.file}:${functionAt(mutant.source, mutant.location.start.line)}`;
  places.set(place, [...(places.get(place) ?? []), mutant]);
}

/** How many mutants docs/mutation.md explains at a place, by its table rows. */
function explained() {
  const rows = readFileSync(path.join(root, 'docs', 'mutation.md'), 'utf8').matchAll(
    /^\| `([\w-]+:\w+)` \| (\d+) \|/gm,
  );
  const counts = new Map();
  for (const [, place, count] of rows) counts.set(place, (counts.get(place) ?? 0) + Number(count));
  return counts;
}

const known = values.check ? explained() : new Map();
const wrong = [...new Set([...places.keys(), ...known.keys()])].filter(
  (place) => (places.get(place)?.length ?? 0) !== (known.get(place) ?? 0),
);
for (const place of values.check ? wrong : places.keys()) {
  const here = places.get(place) ?? [];
  const told = values.check ? `, ${known.get(place) ?? 0} explained` : '';
  console.log(`${place}: ${here.length}${told}`);
  for (const mutant of here) {
    const { line, column } = mutant.location.start;
    const status = mutant.status === 'NoCoverage' ? ' (no test gets there)' : '';
    console.log(
      `  ${line}:${column} ${original(mutant)}  ->  ${inOneLine(mutant.replacement)}${status}`,
    );
  }
}

const score = ((mutants.length - missed.length) / mutants.length) * 100;
console.log(`${mutants.length} mutants, ${missed.length} not found: ${score.toFixed(2)} %`);
if (values.check && wrong.length > 0) {
  console.error('docs/mutation.md does not explain these, or not so many.');
  process.exit(1);
}
