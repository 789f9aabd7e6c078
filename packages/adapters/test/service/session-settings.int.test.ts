import { describe, it } from 'vitest';
import { SETTINGS, worksUnder } from '../setup/foreign-settings.js';

describe.each(['role', 'database'] as const)('settings of the %s', (where) => {
  it('change nothing, all of them together', async () => {
    await worksUnder(where, SETTINGS);
  });
});
