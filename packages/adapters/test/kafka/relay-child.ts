import { pino } from 'pino';
import { createPool } from '../../src/postgres/connection/pool.js';
import { readConfig } from '../../src/service/config.js';
import { startConfiguredRelay } from '../../src/service/relay-wiring.js';

/** A replica's relay in a process of its own, until it is killed. */
const environment: Record<string, string> = JSON.parse(process.argv[2] ?? '');

const config = readConfig(environment)._unsafeUnwrap();
const connectionString = config.databaseUrl ?? '';
const pool = createPool({ connectionString, applicationName: 'child', max: 3 });
const log = pino({ level: 'silent' });
const locksAt = { connectionString };
(await startConfiguredRelay({ config, db: { pool }, locksAt, log }))._unsafeUnwrap();
