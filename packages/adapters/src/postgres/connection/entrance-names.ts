import pg from 'pg';
import { entrancesOf } from './write-host.js';

/** Which database is meant, in words for people. Nothing of it is secret. */
export interface EntranceNames {
  /** `db.example:5432`, or several, or the folder of a socket. */
  readonly at: string;
  readonly user: string;
  readonly database: string;
  readonly isEncrypted: boolean;
}

/** Asks the driver, which takes from the environment what the URL does not say; opens nothing. */
export function entranceNames(connectionString: string): EntranceNames {
  const clients = entrancesOf(connectionString).hosts.map((host) => new pg.Client(host));
  const [first] = clients;
  return {
    at: clients.map(placeOf).join(', '),
    user: first?.user ?? '',
    database: first?.database ?? '',
    isEncrypted: first !== undefined && Boolean(first.ssl),
  };
}

function placeOf({ host, port }: pg.Client): string {
  if (host.startsWith('/')) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
