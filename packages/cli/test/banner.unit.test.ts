import { readConfig } from '@campusg-pay/adapters';
import { describe, expect, it } from 'vitest';
import { banner } from '../src/commands/service/banner.js';

/** As docs/operations.md has the address of the database, and where it is said to be. */
const ADDRESSES = [
  ['postgres://user:secret@db:5433/payments', 'db:5433/payments'],
  ['postgres://user:secret@db-a:1,db-b:2/payments', 'db-a:1, db-b:2/payments'],
  [
    'postgres://user:secret@db-a,db-b:5433/payments?target_session_attrs=read-write',
    'db-a:5432, db-b:5433/payments',
  ],
  ['postgres://user:secret@/payments?host=/run/postgresql', '/run/postgresql/payments'],
  ['postgres://user@%2Frun%2Fpostgresql/payments', '/run/postgresql/payments'],
  ['postgres://user:secret@[::1]:5433/payments', '[::1]:5433/payments'],
  ['postgres://user:sec#ret@db:5433/payments', 'db:5433/payments'],
] as const;

describe('what a service says of itself at start', () => {
  it.each(ADDRESSES)('names the database of %s', (url, at) => {
    const config = readConfig({ DATABASE_URL: url })._unsafeUnwrap();
    const said = banner(
      { url: 'http://127.0.0.1:3003', embedded: [], close: async () => {} },
      config,
    );
    expect(said).toContain(`configured  Postgres at ${at}\n`);
    expect(said).not.toContain('secret');
    expect(said).not.toContain('sec#ret');
  });
});
