import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of its own on the run's server. */
export interface OwnDatabase {
  readonly connectionString: string;
  /** Looks into it, past the service. */
  sql(text: string, values?: unknown[]): Promise<object[]>;
  drop(): Promise<void>;
}

/** @param from the migrated template that the run's global setup made, or nothing at all */
export async function ownDatabase(from: 'template' | 'nothing'): Promise<OwnDatabase> {
  const { adminUrl, template } = inject('postgres');
  const name = `${template}_cli_${randomUUID().slice(0, 8)}`;
  const pattern = from === 'template' ? template : 'template0';
  await once(adminUrl, `create database ${name} template ${pattern}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const connectionString = url.href;
  return {
    connectionString,
    sql: (text, values) => once(connectionString, text, values),
    drop: async () => {
      await once(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function once(url: string, text: string, values: unknown[] = []): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
