// The contract suites, run in another project on a store and a gateway that are not ours.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../child.mjs';
import { fail } from './project.mjs';

const EXAMPLES = path.join(root, 'examples', 'own-parts');

/** What somebody might get wrong, and what the suite must then say. */
const MISTAKES = [
  {
    file: 'store.ts',
    right: 'return current?.revision !== revision || ',
    wrong: 'return ',
    says: [
      'saving a change > writes nothing of a change that is stale',
      `expected 'saved' to be 'stale'`,
    ],
  },
  {
    file: 'gateway.ts',
    right: 'answers.get(key) ?? ',
    wrong: '',
    says: [
      'authorize > under the same key makes one PaymentIntent, one after the other',
      /expected 'intent_\d+' to be 'intent_\d+'/,
    ],
  },
  {
    file: 'store.ts',
    right: 'lookUp: async (customerId) => ok(',
    wrong: `lookUp: async (customerId) => err({ reason: 'the disk is full' }) ?? ok(`,
    says: ['expected to go well, but got the error', 'the disk is full'],
  },
];

const runSuite = (folder) => {
  const vitest = path.join(folder, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--dir', path.join(folder, 'own-parts')];
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env });
  return { passes: status === 0, output: `${stdout}${stderr}` };
};

/** Copies the examples into a project. */
export const copyOwnParts = (folder) => {
  const place = path.join(folder, 'own-parts');
  cpSync(EXAMPLES, place, { recursive: true });
  writeFileSync(path.join(place, 'package.json'), '{ "type": "module" }');
};

/** Runs the suites on the examples as they are, and with mistakes planted. */
export const checkOwnParts = (folder) => {
  const place = path.join(folder, 'own-parts');
  const { passes, output } = runSuite(folder);
  if (!passes) fail(`the suites on examples/own-parts:\n${output}`);
  const [, count] = /Tests\s+(\d+ passed)/.exec(output) ?? [];

  // All in one run: each is told by a test of its own.
  for (const { file, right, wrong } of MISTAKES) {
    const text = readFileSync(path.join(place, file), 'utf8');
    if (!text.includes(right)) fail(`examples/own-parts/${file} has no "${right}" to get wrong`);
    const mistaken = text.replace(right, wrong).replace('import { ok }', 'import { err, ok }');
    writeFileSync(path.join(place, file), mistaken);
  }
  const mistaken = runSuite(folder);
  const missing = MISTAKES.flatMap(({ says }) => says).filter((part) =>
    typeof part === 'string' ? !mistaken.output.includes(part) : !part.test(mistaken.output),
  );
  if (mistaken.passes || missing.length > 0) {
    fail(`of the planted mistakes is not told: ${missing.join(', ')}\n${mistaken.output}`);
  }
  return `contract suites on parts of somebody's own: ${count}; ${MISTAKES.length} planted mistakes told`;
};
