import type pg from 'pg';
import type { Target } from './address-parameters.js';
import { readAddress } from './database-address.js';
import { isServerError, toDatabaseFault } from './database-fault.js';
import { EndingPool } from './ending-pool.js';
import { connectEither, SessionClient, type SessionRoute } from './session-client.js';
import { defineStatement } from './statement.js';

/** What opens a connection: as many configurations as the address names hosts. */
export interface Entrances {
  readonly hosts: readonly [pg.ClientConfig, ...pg.ClientConfig[]];
  /** Which of several hosts is meant. */
  readonly target: Target;
  /** As SQL wants it; null: that of the database user, as it comes. */
  readonly searchPath: string | null;
}

/**
 * What opens connections to an address. Throws a `RangeError` for one that can't be read, without a part
 * of it that may be secret.
 */
export function entrancesOf(connectionString: string): Entrances {
  const address = readAddress(connectionString);
  if (address.isErr()) throw new RangeError(`The database URL ${address.error}.`);
  const { hosts, user, password, database, ssl, driver, target } = address.value;
  const [first, ...others] = hosts.map((host) => ({
    ...host,
    user,
    password,
    database,
    ssl,
    ...driver,
  }));
  if (first === undefined) throw new Error('bug: an address has a host');
  return { hosts: [first, ...others], target: target ?? 'read-write', searchPath: null };
}

/** A host that answers, but not one that was meant. */
class TakesNoWrites extends Error {
  readonly code = 'ERR_TAKES_NO_WRITES';
}

const ROLE = defineStatement()({
  name: 'role_of_host',
  text: `
    select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly"`,
});

/** Throws where the connection leads to a host that was not meant. */
export async function requireTarget(client: pg.ClientBase, target: Target): Promise<void> {
  if (target === 'any') return;
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(ROLE.text);
  const [role] = rows;
  const fits = target === 'primary' ? role?.standby === false : role?.readOnly === false;
  if (!fits) throw new TakesNoWrites('this host of the database takes no writes');
}

/**
 * Opens a connection to the host that is meant; which one that is only a connection can tell. All are
 * tried at once, since a host that is gone may keep silent for long, and the first that fits is taken.
 * With a single host nothing is asked.
 *
 * @param make makes a client, which is not connected yet
 */
export async function enter<Made extends { readonly client: SessionClient }>(
  { hosts, target }: Entrances,
  route: SessionRoute,
  make: (host: pg.ClientConfig) => Made,
): Promise<Made> {
  const entering = hosts.map(async (host) => {
    const made = await connectEither(route, () => make(host));
    try {
      if (hosts.length > 1) await requireTarget(made.client, target);
      return made;
    } catch (error) {
      void made.client.end().catch(() => {});
      throw error;
    }
  });
  let taken: Made | undefined;
  try {
    taken = await Promise.any(entering);
    return taken;
  } catch (error) {
    throw error instanceof AggregateError ? mostTelling(error.errors) : error;
  } finally {
    for (const one of entering) {
      const leave = (made: Made) => (made === taken ? undefined : made.client.end());
      one.then(leave).catch(() => {});
    }
  }
}

/** A server that refuses us says more than one that is not there. */
function mostTelling(errors: readonly unknown[]): unknown {
  const standby = errors.find((error) => error instanceof TakesNoWrites);
  return errors.find(isServerError) ?? standby ?? errors[0];
}

/** A pool whose connections lead to the host that is meant, also after another one has become it. */
export function poolTo(
  entrances: Entrances,
  route: SessionRoute,
  config: pg.PoolConfig,
): EndingPool {
  const [first, ...others] = entrances.hosts;
  return others.length === 0
    ? new EndingPool(route, config, () => first)
    : new RoamingPool(entrances, route, config);
}

/** Shorter than a caller waits for a connection, which comes after it. */
const LOOK_MS = 2_000;

/** `pg` has one host for a pool; this one says for each new connection which it is. */
class RoamingPool extends EndingPool {
  readonly #look: () => Promise<void>;
  /** Of the host that connections go to; undefined where that is to be found out. */
  #found: Promise<void> | undefined;

  constructor(entrances: Entrances, route: SessionRoute, config: pg.PoolConfig) {
    let [host] = entrances.hosts;
    const onConnect = (client: pg.ClientBase) => requireTarget(client, entrances.target);
    super(route, { ...config, onConnect }, () => host);
    this.#look = async () => {
      const seen = await enter(entrances, route, (one) => {
        const looking = { ...config, ...one, connectionTimeoutMillis: LOOK_MS };
        return { client: new SessionClient(route, looking), host: one };
      });
      host = seen.host;
      await seen.client.end().catch(() => {});
    };
  }

  protected override async newConnection(): Promise<pg.PoolClient> {
    const found = await this.#find();
    try {
      return await super.newConnection();
    } catch (error) {
      const { reason } = toDatabaseFault(error, 'connect') ?? {};
      if (this.ending || reason === 'pool-exhausted') throw error;
      if (this.#found === found.looking) this.#found = undefined;
      await this.#find();
      return super.newConnection();
    }
  }

  async #find(): Promise<{ readonly looking: Promise<void> }> {
    this.#found ??= this.#look();
    const looking = this.#found;
    try {
      await looking;
      return { looking };
    } catch (error) {
      if (this.#found === looking) this.#found = undefined;
      throw error;
    }
  }
}
