import { type Config, openRuntime, type Runtime } from '@campusg-pay/adapters';
import { serve } from '@campusg-pay/http';
import { err, ok, type Result } from 'neverthrow';
import { explainPart, explainServe } from '../../wording/faults.js';

/** The whole service, listening. */
export interface Service {
  /** e.g. `http://127.0.0.1:3003`. */
  readonly url: string;
  /** What runs embedded, a line each for people. */
  readonly embedded: readonly string[];
  /** Finishes what is under way, then closes everything. */
  close(): Promise<void>;
}

/**
 * Opens everything the configuration names and listens. The error is a sentence for the operator;
 * what was already open is closed again.
 */
export async function startService(
  config: Config,
  log: Runtime['log'],
): Promise<Result<Service, string>> {
  const opened = await openRuntime(config, log);
  if (opened.isErr()) return err(explainPart(opened.error, config.databaseUrl));
  const runtime = opened.value;
  const listening = await serve(runtime);
  if (listening.isErr()) {
    await runtime.close();
    return err(explainServe(listening.error));
  }
  const door = listening.value;
  return ok({
    url: door.url,
    embedded: runtime.embedded,
    close: async () => {
      await door.close();
      await runtime.close();
    },
  });
}
