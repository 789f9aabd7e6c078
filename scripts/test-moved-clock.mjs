// Runs tests with the clock of this machine moved, so that it shows what depends on the date:
//
//   node scripts/test-moved-clock.mjs [--at <ISO 8601 time>] [files and options of vitest]
//
// One run for each moment. Everything that a test starts lives in the same time, Postgres and Kafka
// included. Needs Debian's "faketime".

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { foreground, root } from './child.mjs';

/** Why each: a test that is right on all of them is hardly wrong on another. */
const MOMENTS = [
  { at: '2027-01-31T23:59:58Z', why: 'the end of a month, over before the first test begins' },
  { at: '2026-12-31T23:59:40Z', why: 'the end of a year, while the first files run' },
  { at: '2028-02-29T00:00:01Z', why: 'a leap day' },
  { at: '2026-12-01T00:00:00Z', why: 'the first of a month' },
  { at: '2027-03-14T06:59:40Z', why: 'New York loses an hour', zone: 'America/New_York' },
];

/**
 * They are about the time limits of Postgres, which never strike in the future: its alarm rings while
 * it waits, where faketime lets it see the true time, and it goes on waiting.
 */
const LEFT_OUT = ['**/query-outages.long.int.test.ts', '**/database-faults.long.int.test.ts'];

/** Where the library is that answers instead of the system's clock; null where it is missing. */
const library = () => {
  try {
    const line = ['-f', '+0', 'printenv', 'LD_PRELOAD'];
    return execFileSync('faketime', line, { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
};

const args = process.argv.slice(2);
const named = [];
for (let at = args.indexOf('--at'); at !== -1; at = args.indexOf('--at')) {
  named.push({ at: args.splice(at, 2)[1] ?? '', why: 'as asked for' });
}
const moments = named.length > 0 ? named : MOMENTS;
const wrong = moments.find(({ at }) => Number.isNaN(Date.parse(at)));
const preload = library();
if (wrong !== undefined) {
  console.error(`--at wants a time such as 2027-01-31T23:59:58Z, not "${wrong.at}".`);
  process.exit(2);
}
if (preload === null) {
  console.error(
    "The clock can't be moved: faketime is missing. On Debian: apt-get install faketime",
  );
  process.exit(1);
}

console.log(`Left out, as the time limits of Postgres do not strike so: ${LEFT_OUT.join(', ')}`);
const exclude = LEFT_OUT.map((glob) => `--exclude=${glob}`);
const hook = path.join(root, 'scripts', 'moved-clock.cjs');
const failed = [];
for (const { at, why, zone = 'UTC' } of moments) {
  console.log(`\n=== ${at} in ${zone}: ${why}`);
  const aheadS = (Date.parse(at) - Date.now()) / 1_000;
  const env = {
    ...process.env,
    TZ: zone,
    LD_PRELOAD: preload,
    FAKETIME: `${aheadS < 0 ? '' : '+'}${aheadS.toFixed(3)}s`,
    // Postgres runs under another user than root, who could not share its memory.
    FAKETIME_DISABLE_SHM: '1',
    // Timers count by this clock, which has no date.
    DONT_FAKE_MONOTONIC: '1',
    // Without this Java, and so Kafka, waits far too long for everything.
    FAKETIME_FORCE_MONOTONIC_FIX: '0',
    NO_FAKE_STAT: '1',
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${hook}`.trim(),
  };
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const code = await foreground(process.execPath, [vitest, 'run', ...args, ...exclude], { env });
  if (code !== 0) failed.push(at);
}
if (failed.length > 0) console.error(`\nFailed at ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 ? 1 : 0;
