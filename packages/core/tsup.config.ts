import { defineConfig } from 'tsup';
import { preset } from '../../scripts/tsup-preset.js';

export default defineConfig(
  preset({
    library: {
      index: 'src/index.ts',
      testing: 'testing/index.ts',
      'testing-contract': 'testing/contract/index.ts',
    },
  }),
);
