// The entry @campusg-pay/adapters/postgres: the stores of the core's ports. Loads pg only; migrate
// loads node-pg-migrate once there is something to migrate.

export type { DatabaseFault } from './connection/database-fault.js';
export { type OpenPool, openPool, type PoolOptions } from './connection/pool.js';
export type {
  ConnectionPool,
  Database,
  PooledConnection,
  SentStatement,
} from './connection/query.js';
export { searchPathOption } from './connection/schema-name.js';
export { newLeaseHolder, openShardLocks } from './outbox/shard-locks.js';
export { readInstallation } from './schema/installation.js';
export {
  type Migrated,
  type MigrateOptions,
  type MigrationStatus,
  migrate,
  migrationStatus,
} from './schema/migrate.js';
export type { MigrationFailed } from './schema/schema-client.js';
export { createStores, type Stores } from './stores.js';
