import pg from 'pg';
import { inject } from 'vitest';

/** A migrated database of its own on the run's server. */
export interface OwnDatabase {
  readonly connectionString: string;
  /** Looks into it, past the service. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

let opened = 0;

/** Clones the migrated template that the run's global setup made (some 30 ms). */
export async function ownDatabase(): Promise<OwnDatabase> {
  const { adminUrl, template } = inject('postgres');
  opened += 1;
  const name = `${template}_e2e_${process.pid}_${opened}`;
  await once(adminUrl, `create database ${name} template ${template}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const connectionString = url.href;
  const pool = new pg.Pool({ connectionString, max: 2 });
  // Dropping the database ends whatever is still connected.
  pool.on('error', () => {});
  return {
    connectionString,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
    drop: async () => {
      await pool.end();
      await once(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function once(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
