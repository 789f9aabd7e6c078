import {
  type Config,
  configFromEnvironment,
  type OperatorSession,
  openOperatorSession,
  openReadSide,
  type PartError,
  type ReadSide,
} from '@campusg-pay/adapters';
import type { Result } from 'neverthrow';
import { createLogger } from '../logging/logger.js';
import { EXIT } from '../terminal/exit-codes.js';
import { aborted, endOnSignal } from '../terminal/signals.js';
import { explainConfig, explainPart } from '../wording/faults.js';
import { endAs, interrupted, wrongUsage } from './endings.js';
import { tellWarnings } from './settings-warnings.js';

type Run<Opened> = (opened: Opened, ending: AbortSignal) => Promise<number>;

/** A command that only reads: Ctrl-C ends it at once. */
export function withReadSide(run: Run<ReadSide>): Promise<number> {
  return opened(openReadSide, async (readSide, ending) => {
    const code = await Promise.race([run(readSide, ending), aborted(ending)]);
    // A statement that still runs would be waited for.
    return code ?? process.exit(await interrupted());
  });
}

/** A command that writes records only: it ends between two steps when `ending` is aborted. */
export function withRecords(run: Run<ReadSide>): Promise<number> {
  return opened(openReadSide, run);
}

/** A command that may call Stripe: it ends between two steps when `ending` is aborted. */
export function withStripe(run: Run<OperatorSession>): Promise<number> {
  return opened(openOperatorSession, run);
}

async function opened<Opened extends ReadSide>(
  open: (config: Config, log: ReadSide['log']) => Promise<Result<Opened, PartError>>,
  run: Run<Opened>,
): Promise<number> {
  const ending = endOnSignal();
  const config = configFromEnvironment();
  if (config.isErr()) {
    return wrongUsage(explainConfig(config.error));
  }
  tellWarnings();
  const found = await Promise.race([open(config.value, logFor(config.value)), aborted(ending)]);
  // Nothing was begun, and what is being opened ends with the process.
  if (found === undefined) process.exit(await interrupted());
  if (found.isErr()) {
    const message = explainPart(found.error, config.value.databaseUrl);
    return endAs({ code: codeOf(found.error), message, exit: EXIT.fault });
  }
  try {
    return await run(found.value, ending);
  } finally {
    await found.value.close();
  }
}

/** `database_unavailable` of `DatabaseUnavailable`. */
function codeOf({ type }: PartError): string {
  return type.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** What goes wrong is told by the command itself; the log is for those who ask for more. */
function logFor({ logLevel }: Config): ReadSide['log'] {
  const level = logLevel === 'trace' || logLevel === 'debug' ? logLevel : 'error';
  return createLogger({ level, readable: process.stderr.isTTY === true, stderr: true });
}
