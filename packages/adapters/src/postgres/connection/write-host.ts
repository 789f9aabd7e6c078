import pg from 'pg';
import type { Target } from './address-parameters.js';
import { readAddress } from './database-address.js';
import { isServerError, toDatabaseFault } from './database-fault.js';
import { EndingPool } from './ending-pool.js';
import { defineStatement } from './statement.js';

/** What opens a connection: as many configurations as the address names hosts. */
export interface Entrances {
  readonly hosts: readonly [pg.ClientConfig, ...pg.ClientConfig[]];
  /** Which of several hosts is meant. */
  readonly target: Target;
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
  return { hosts: [first, ...others], target: target ?? 'read-write' };
}

/** The same, with these options for the server. */
export function withOptions({ hosts, target }: Entrances, options: string): Entrances {
  const [first, ...others] = hosts;
  return {
    hosts: [{ ...first, options }, ...others.map((host) => ({ ...host, options }))],
    target,
  };
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
 * @param make makes a client, which is not connected yet, and listens to its errors
 */
export async function enter<Made extends { readonly client: pg.Client }>(
  { hosts, target }: Entrances,
  make: (host: pg.ClientConfig) => Made,
): Promise<Made> {
  const all = hosts.map(make);
  const entering = all.map(async (made) => {
    await made.client.connect();
    if (hosts.length > 1) await requireTarget(made.client, target);
    return made;
  });
  let taken: Made | undefined;
  try {
    taken = await Promise.any(entering);
    return taken;
  } catch (error) {
    throw error instanceof AggregateError ? mostTelling(error.errors) : error;
  } finally {
    for (const [place, made] of all.entries()) {
      const leave = () => (made === taken ? undefined : made.client.end().catch(() => {}));
      entering[place]?.then(leave, leave);
    }
  }
}

/** A server that refuses us says more than one that is not there. */
function mostTelling(errors: readonly unknown[]): unknown {
  const standby = errors.find((error) => error instanceof TakesNoWrites);
  return errors.find(isServerError) ?? standby ?? errors[0];
}

/** A pool whose connections lead to the host that is meant, also after another one has become it. */
export function poolTo(entrances: Entrances, config: pg.PoolConfig): EndingPool {
  const [first, ...others] = entrances.hosts;
  return others.length === 0
    ? new EndingPool({ ...config, ...first })
    : new RoamingPool(entrances, config);
}

/** Shorter than a caller waits for a connection, which comes after it. */
const LOOK_MS = 2_000;

/** `pg` has one host for a pool; this one says for each new connection which it is. */
class RoamingPool extends EndingPool {
  readonly #look: () => Promise<void>;
  /** Of the host that connections go to; undefined where that is to be found out. */
  #found: Promise<void> | undefined;

  constructor(entrances: Entrances, config: pg.PoolConfig) {
    let [host] = entrances.hosts;
    super({
      ...config,
      Client: class extends pg.Client {
        constructor() {
          super({ ...config, ...host });
        }
      },
      onConnect: (client) => requireTarget(client, entrances.target),
    });
    this.#look = async () => {
      const seen = await enter(entrances, (one) => {
        const client = new pg.Client({ ...config, ...one, connectionTimeoutMillis: LOOK_MS });
        client.on('error', () => {});
        return { client, host: one };
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
