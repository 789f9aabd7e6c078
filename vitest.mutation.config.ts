import { defineConfig } from 'vitest/config';

// What Stryker runs for each mutant of the core: its own tests only, without a database, and the
// random ones short and always the same, since thousands of runs follow each other.
const conditions = ['@campusg-pay/source', 'node', 'import'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/core/test/**/*.test.ts'],
    exclude: ['packages/core/test/simulator/simulator.property.unit.test.ts'],
    setupFiles: ['scripts/mutation-seed.ts'],
    env: { TEST_EFFORT: '0.04' },
    testTimeout: 10_000,
  },
});
