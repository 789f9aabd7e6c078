import { defineConfig } from 'tsup';
import { preset } from '../../scripts/tsup-preset.js';

export default defineConfig(
  preset({
    library: {
      index: 'src/service/index.ts',
      contract: 'src/contract/index.ts',
    },
  }),
);
