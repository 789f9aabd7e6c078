import { err, ok, type Result } from 'neverthrow';
import pg from 'pg';
import { type DatabaseFault, toDatabaseFault } from '../connection/database-fault.js';
import { connectionIn } from '../connection/schema-name.js';
import { enter } from '../connection/write-host.js';

/** A migration was refused by the database, or what is there is not as we need it. */
export interface MigrationFailed {
  readonly type: 'MigrationFailed';
  /** What is wrong, in words. */
  readonly detail: string;
  /** What to do about it, where we know: a statement, a command or a setting. */
  readonly cure?: string;
}

/** Ends the work on a connection: the schema is not as we need it. Nothing was changed. */
export class SchemaUnusable extends Error {
  readonly failure: MigrationFailed;

  constructor(detail: string, cure: string) {
    super(detail);
    this.failure = { type: 'MigrationFailed', detail, cure };
  }
}

/** Works on a connection of its own. */
export async function withClient<T>(
  { connectionString, schema }: { readonly connectionString: string; readonly schema?: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<Result<T, DatabaseFault | MigrationFailed>> {
  const entrances = connectionIn(schema, connectionString);
  let stage: 'connect' | 'execute' = 'connect';
  let end = async () => {};
  try {
    const { client } = await enter(entrances, newClient);
    end = () => client.end().catch(() => {});
    stage = 'execute';
    return ok(await work(client));
  } catch (error) {
    if (error instanceof SchemaUnusable) return err(error.failure);
    const fault = toDatabaseFault(error, stage);
    if (fault) return err(fault);
    const detail = error instanceof Error ? error.message : String(error);
    return err({ type: 'MigrationFailed', detail });
  } finally {
    await end();
  }
}

function newClient(host: pg.ClientConfig): { readonly client: pg.Client } {
  const client = new pg.Client({
    application_name: 'campusg-pay migrate',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...host,
  });
  // A connection that breaks also fails the statement that waits for it.
  client.on('error', () => {});
  return { client };
}
