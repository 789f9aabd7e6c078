import { defineConfig } from 'tsup';
import { preset } from '../../scripts/tsup-preset.js';

export default defineConfig(
  preset({ library: { index: 'src/index.ts' }, commands: { main: 'src/main.ts' } }),
);
