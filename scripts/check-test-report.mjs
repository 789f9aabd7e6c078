// Reads vitest's report of the last run under CI: what did not run is a failure there.
//
//   node scripts/check-test-report.mjs <test|test-long>
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './child.mjs';

/** Full names of tests that may be skipped in CI, each with its reason as a comment. */
const mayBeSkipped = new Set([
  // They mount a small disk, which root in a plain container may not.
  'on a full disk keeps what it acknowledged, says so, and goes on once there is room',
  'on a full disk is not begun, and says so',
  'on a full disk that is mounted ro is told as read-only',
  'on a full disk that is mounted noexec,ro is told as read-only',
]);

const file = path.join(root, '.cache', `${process.argv[2]}-report.json`);
if (!existsSync(file)) console.error(`no report: ${file}`);
const report = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { success: false, testResults: [] };
const tests = report.testResults.flatMap((file) => file.assertionResults);
const named = (...states) =>
  tests.filter((test) => states.includes(test.status)).map((test) => test.fullName);

const passed = named('passed');
const failed = named('failed');
const notRun = named('skipped', 'pending', 'todo', 'disabled').filter(
  (name) => !mayBeSkipped.has(name),
);
// A file that fails before its first test has no test to count.
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
);

for (const name of notRun) console.error(`not run: ${name}`);
for (const file of brokenFiles) console.error(`broken: ${file.name}: ${file.message}`);
if (passed.length === 0) console.error('no test ran');
console.log(`${passed.length} passed, ${failed.length + brokenFiles.length} failed`);

const good =
  report.success &&
  passed.length > 0 &&
  failed.length === 0 &&
  brokenFiles.length === 0 &&
  notRun.length === 0;
process.exitCode = good ? 0 : 1;
