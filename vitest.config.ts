import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './vitest.sequencer.js';

const SETUP = [
  'packages/adapters/test/setup/global.ts',
  'packages/adapters/test/setup/kafka-global.ts',
];

const SERVERS = ['packages/{http,sandbox}/test/*.int.test.ts'];

type Tests = NonNullable<TestProjectInlineConfiguration['test']>;

const tests = (kinds: string) => `packages/*/test/**/*.${kinds}.test.ts`;
const project = (test: Tests) => ({ extends: true as const, test });

/** In `npm test` what is random is tried less often, unless TEST_EFFORT says how often. */
const quickEnv = { TEST_EFFORT: process.env.TEST_EFFORT ?? '0.2' };

export default defineConfig({
  ssr: {
    resolve: {
      // The first leads from a package's name to its TypeScript source, so that tests never run a
      // stale build; the others are Vite's defaults, which naming one replaces.
      conditions: ['@campusg-pay/source', 'node', 'development|production'],
    },
  },
  test: {
    // `npm test` runs all but the last, `npm run test:long` that one; CONTRIBUTING tells which is which.
    projects: [
      project({
        name: 'unit',
        include: [tests('unit')],
        exclude: [tests('long.*')],
        env: quickEnv,
        // They leave nothing behind, so that a worker need not load everything for each file.
        isolate: false,
      }),
      // Servers on ports of their own, with what is outside in memory: the same goes for them.
      project({ name: 'server', include: SERVERS, env: quickEnv, isolate: false }),
      project({
        name: 'int',
        include: [tests('{int,e2e}')],
        exclude: [tests('long.*'), ...SERVERS],
        env: quickEnv,
        globalSetup: SETUP,
      }),
      project({ name: 'long', include: [tests('{long,property}.*')], globalSetup: SETUP }),
    ],
    pool: 'forks',
    // Files wait for Postgres, the sandbox, a broker or a child: as many workers as cores would idle.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // They end what hangs. None is there for a test to pass or fail by the speed of the machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    // CI reads the true counts from a report; see .ci/run.
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'packages/core/testing/**/*.ts'],
      reporter: ['text', 'html', 'json-summary'],
    },
  },
});
