import { defineConfig } from 'tsup';
import { preset } from '../../scripts/tsup-preset.js';

export default defineConfig(
  preset({
    library: {
      contract: 'src/contract/index.ts',
      postgres: 'src/postgres/index.ts',
      stripe: 'src/stripe/index.ts',
      kafka: 'src/kafka/index.ts',
      service: 'src/service/index.ts',
    },
  }),
);
