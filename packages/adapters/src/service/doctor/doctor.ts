import type { Logger } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type { Config, ConfigError } from '../config.js';
import { callLimits } from './call-limits.js';
import { type Check, failing, ok, warn } from './check.js';
import { checkRecords } from './database-checks.js';
import { checkKafka } from './kafka-checks.js';
import { checkAccount } from './stripe-checks.js';

/** Looks at all that the service needs, and changes nothing. Warnings are of the environment. */
export async function* checkUp(
  read: Result<Config, readonly ConfigError[]>,
  log: Logger,
  warnings: readonly ConfigError[] = [],
): AsyncGenerator<Check> {
  for (const { variable, rule } of warnings) {
    yield warn('settings', `${variable} ${rule}`, 'correct it; see .env.example');
  }
  if (read.isErr()) {
    for (const { variable, rule } of read.error) {
      const cure = rule.startsWith('is required') ? 'set' : 'correct';
      yield failing(
        'configuration',
        `${variable} ${rule}`,
        `${cure} ${variable}; see .env.example`,
      );
    }
    return;
  }
  const config = read.value;
  yield configuration(config);
  yield* checkRecords(config);
  yield* checkAccount(config, log);
  yield callLimits(config);
  if (config.kafka !== null) yield* checkKafka(config.kafka, log);
}

function configuration({ production, apiKeys, databaseUrl, stripe: keys }: Config): Check {
  const parts = [
    databaseUrl === null ? 'Postgres embedded' : 'Postgres configured',
    keys === null ? 'Stripe sandbox embedded' : 'Stripe configured',
  ].join(', ');
  if (apiKeys.length === 0) {
    const found = `${parts}; API_KEYS is not set: every program on this machine may move money`;
    return warn('configuration', found, 'set API_KEYS to name:key, each key at least 16 letters');
  }
  return ok('configuration', `${parts}${production ? ', production' : ''}`);
}
