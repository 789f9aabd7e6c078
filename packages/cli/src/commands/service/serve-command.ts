import { configFromEnvironment, environmentWarnings } from '@campusg-pay/adapters';
import { createLogger } from '../../logging/logger.js';
import { EXIT } from '../../terminal/exit-codes.js';
import { drainOnBug } from '../../terminal/last-resort.js';
import { tell } from '../../terminal/output.js';
import { aborted, endOnSignal } from '../../terminal/signals.js';
import { explainConfig } from '../../wording/faults.js';
import { banner } from './banner.js';
import { startService } from './running-service.js';

/** `campusg-pay serve`: runs until it is asked to end, or a bug shows, then lets what is under way finish. */
export async function serveCommand(): Promise<number> {
  const ending = endOnSignal();
  const config = configFromEnvironment();
  if (config.isErr()) {
    tell(explainConfig(config.error));
    return EXIT.usage;
  }
  const { logLevel: level, production } = config.value;
  const watched = !production && process.stdout.isTTY;
  const log = createLogger({ level, readable: watched });
  for (const { variable, rule } of environmentWarnings())
    log.warn({ variable, rule }, 'a setting does not do what it seems to');
  const broken = drainOnBug(log, () => process.exit(EXIT.bug));
  const over = AbortSignal.any([ending, broken]);
  const started = await Promise.race([startService(config.value, log), aborted(over)]);
  // Nothing is under way yet, and what was opened so far ends with the process. Waiting could be
  // long: for another replica's migration, or for Postgres to recover.
  if (started === undefined) process.exit(broken.aborted ? EXIT.bug : EXIT.interrupted);
  if (started.isErr()) {
    tell(started.error);
    return EXIT.fault;
  }
  const service = started.value;
  if (!watched) log.info({ url: service.url }, 'listening');
  if (!production) console.error(banner(service, config.value));

  await aborted(over);
  log.info({ signal: over.reason }, 'stopping: finishing what is under way');
  await service.close();
  log.info('stopped');
  return broken.aborted ? EXIT.bug : EXIT.ok;
}
