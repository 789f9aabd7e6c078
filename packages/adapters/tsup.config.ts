import { defineConfig } from 'tsup';
import { preset } from '../../scripts/tsup-preset.js';

export default defineConfig(
  preset({
    library: {
      index: 'src/index.ts',
      doors: 'src/doors/index.ts',
    },
  }),
);
