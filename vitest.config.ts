import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './vitest.sequencer.js';

// CI reads the true counts from this file; see .ci/run.
const jsonReport = '.cache/vitest-report.json';

export default defineConfig({
  ssr: {
    resolve: {
      // The first leads from a package's name to its TypeScript source, so that tests never run a
      // stale build; the others are Vite's defaults, which naming one replaces.
      conditions: ['@campusg-pay/source', 'node', 'development|production'],
    },
  },
  test: {
    include: ['packages/*/test/**/*.{unit,int,e2e}.test.ts'],
    globalSetup: [
      'packages/adapters/test/setup/global.ts',
      'packages/adapters/test/setup/kafka-global.ts',
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
    reporters: process.env.CI ? ['default', ['json', { outputFile: jsonReport }]] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'packages/core/testing/**/*.ts'],
      reporter: ['text', 'html', 'json-summary'],
    },
  },
});
