import { describe, it } from 'vitest';
import { SETTINGS, worksUnder } from '../setup/foreign-settings.js';

describe.each(['role', 'database'] as const)('a setting of the %s', (where) => {
  it.each(SETTINGS)('%s changes nothing', async (setting) => {
    await worksUnder(where, [setting]);
  });
});
