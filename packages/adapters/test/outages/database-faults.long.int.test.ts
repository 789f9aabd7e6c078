import { apply } from '@campusg-pay/core';
import { afterEach, describe, expect, it } from 'vitest';
import { authorizing, until } from '../setup/service.js';
import { openProxy } from '../setup/wire.js';
import { LEASE_MS, openSmallWorld, type SmallWorld } from './small-pool.js';

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(options: Parameters<typeof openSmallWorld>[0] = {}): Promise<SmallWorld> {
  const world = await openSmallWorld(options);
  opened.push(world);
  return world;
}

const payment = { orderId: 'order-1' };
const release = { payment, runnerId: 'runner-1', correlationId: 'release-1' };

/** Everything that Stripe holds, and every payment on record. */
async function traces({ sandbox, admin }: SmallWorld) {
  const { rows } = await admin.query('select status from payments order by order_id');
  const intents = sandbox.ledger().paymentIntents.map(({ status }) => status);
  return { records: rows.map(({ status }) => status), intents };
}

/** Resolves once a statement of the small pool waits for a lock. */
const someoneWaits = ({ admin }: SmallWorld, count = 1) =>
  until(
    async () => {
      const { rows } = await admin.query(
        `select 1 from pg_stat_activity where datname = current_database()
         and application_name = 'small pool' and wait_event_type = 'Lock'`,
      );
      return rows.length;
    },
    (waiting) => waiting >= count,
  );

describe('a pool whose connections all wait for a lock', () => {
  it('turns further commands away at once, and none of them leaves a trace', async () => {
    const world = await open({ lockTimeoutMs: 4_000 });
    const holder = await world.admin.connect();
    await holder.query('begin; lock table payments in access exclusive mode');
    const stuck = ['a', 'b'].map((orderId) => world.escrow.authorize(authorizing({ orderId })));
    await someoneWaits(world, 2);
    const more = ['c', 'd', 'e', 'f'].map((orderId) =>
      world.escrow.authorize(authorizing({ orderId })),
    );
    for (const { error } of (await Promise.all(more)).map((told) => ({
      error: told._unsafeUnwrapErr(),
    }))) {
      const reason = 'pool-exhausted';
      expect(error).toMatchObject({ type: 'DatabaseUnavailable', reason, outcome: 'not-executed' });
    }
    // They did not wait for a connection to come free: none has.
    await someoneWaits(world, 2);
    for (const told of await Promise.all(stuck)) {
      expect(told._unsafeUnwrapErr()).toMatchObject({ reason: 'timeout', code: '55P03' });
    }
    await holder.query('rollback');
    holder.release();
    expect(await traces(world)).toEqual({ records: [], intents: [] });

    const again = await world.escrow.authorize(authorizing({ orderId: 'c' }));
    expect(again._unsafeUnwrap().outcome).toBe('done');
    expect(await traces(world)).toEqual({ records: ['AUTHORIZED'], intents: ['requires_capture'] });
  });
});

describe('a statement that takes too long', () => {
  const slowly = (table: string) => `
    create function slowly() returns trigger language plpgsql as
      $$ begin perform pg_sleep(3); return new; end $$;
    create trigger slowly before insert or update on ${table}
      for each row execute function slowly();`;

  it('is given up before Stripe is asked, and what it had begun is undone', async () => {
    const world = await open({ statementTimeoutMs: 1_000 });
    await world.admin.query(slowly('operations'));
    const told = await world.escrow.authorize(authorizing());
    const fault = { reason: 'timeout', outcome: 'not-executed', code: '57014' };
    expect(told._unsafeUnwrapErr()).toMatchObject(fault);
    expect(await traces(world)).toEqual({ records: [], intents: [] });

    await world.admin.query('drop trigger slowly on operations');
    expect((await world.escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    expect(world.asked('payment_intents')).toBe(1);
  });

  it('after Stripe has done it is "processing", and found done once by recovery', async () => {
    const world = await open({ statementTimeoutMs: 1_000 });
    await world.admin.query(slowly('outbox'));
    const told = await world.escrow.authorize(authorizing());
    expect(told._unsafeUnwrap().outcome).toBe('processing');
    expect(await traces(world)).toEqual({ records: ['INITIATING'], intents: ['requires_capture'] });

    await world.admin.query('drop trigger slowly on outbox');
    world.clock.advance(LEASE_MS);
    expect((await world.escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    expect(await traces(world)).toEqual({ records: ['AUTHORIZED'], intents: ['requires_capture'] });
  });
});

describe('a statement that lost', () => {
  it('a deadlock with an operator is sent once more, and the command is done', async () => {
    const sent: string[] = [];
    const world = await open({ onQuery: (name) => sent.push(name) });
    await world.escrow.authorize(authorizing());
    const slow = { kind: 'latency', ms: 3_000, phase: 'after' } as const;
    world.sandbox.faults.add({ path: '/v1/payment_intents/*/capture', effect: slow });
    const releasing = world.escrow.release(release);
    const owed = 'select 1 from operations where closed_at is null';
    await until(
      async () => (await world.admin.query(owed)).rowCount,
      (count) => count === 1,
    );
    // Theirs: first the journal, then the payment. Ours: the other way round, and it waits first.
    const operator = await world.admin.connect();
    try {
      // Patient, so that it is ours that notices and loses.
      await operator.query("begin; set local deadlock_timeout = '10s'");
      await operator.query('update operations set detail = detail');
      await someoneWaits(world);
      await operator.query('update payments set description = description');
    } finally {
      await operator.query('commit');
      operator.release();
    }
    expect((await releasing)._unsafeUnwrap().outcome).toBe('done');
    // The authorize's, the claim, the finish that lost, and the finish.
    expect(sent.filter((name) => name === 'save_changes')).toHaveLength(4);
    expect(world.asked('/capture')).toBe(1);
    expect(await traces(world)).toEqual({ records: ['RELEASED'], intents: ['succeeded'] });
  });

  it('against a concurrent writer under stricter isolation finds itself stale', async () => {
    const world = await open();
    await world.escrow.authorize(authorizing());
    // What a role or database says is overruled when a connection is made; this is said later.
    await setForAll(world, 'default_transaction_isolation = serializable');
    const strict = await world.pool.query('show default_transaction_isolation');
    expect(strict.rows).toEqual([{ default_transaction_isolation: 'serializable' }]);
    const held = (await world.repository.find(payment))._unsafeUnwrap();
    if (held === null) throw new Error('no hold');
    const writer = await world.admin.connect();
    await writer.query('begin; update payments set revision = revision + 1');
    const steps = [{ type: 'review_needed', reason: 'who is first?' }] as const;
    const saving = world.repository.save(apply(held, steps, world.clock.now()));
    await someoneWaits(world);
    await writer.query('commit');
    writer.release();
    expect((await saving)._unsafeUnwrap()).toBe('stale');
  });
});

/** On every connection that the small pool may have. */
async function setForAll({ pool }: SmallWorld, setting: string): Promise<void> {
  const all = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  for (const client of all) await client.query(`set ${setting}`);
  for (const client of all) client.release();
}

/** Resolves once no statement of the small pool is being carried out. */
const idle = ({ admin }: SmallWorld) =>
  until(
    async () => {
      const { rowCount } = await admin.query(
        `select 1 from pg_stat_activity where datname = current_database()
         and application_name = 'small pool' and state = 'active'`,
      );
      return rowCount;
    },
    (running) => running === 0,
  );

/** A world behind a wire that carries one statement to the database and loses what it answers. */
async function forgetful(statement: string) {
  let armed = false;
  const lost: string[] = [];
  const proxy: { current?: Awaited<ReturnType<typeof openProxy>> } = {};
  const world = await open({
    // Here nobody is to lose patience: the wire is cut, and a new one may take its time.
    connectionTimeoutMs: 10_000,
    via: async (connectionString) => {
      proxy.current = await openProxy(connectionString);
      return proxy.current.connectionString;
    },
    onQuery: (name) => {
      if (!armed || name !== statement) return;
      armed = false;
      lost.push(name);
      // An answer says that the statement is there; once it is over, it is committed.
      void proxy.current
        ?.loseAnswers()
        .then(() => idle(world))
        .then(() => proxy.current?.cut());
    },
  });
  opened.push({ close: () => proxy.current?.close() });
  return {
    world,
    lost,
    arm: () => {
      armed = true;
    },
  };
}

describe('a commit whose answer was lost', () => {
  it('of the claim of an order is found again, and the hold made once', async () => {
    const { world, lost, arm } = await forgetful('claim_payments');
    arm();
    expect((await world.escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    expect(lost).toEqual(['claim_payments']);
    expect(world.asked('payment_intents')).toBe(1);
    expect(await traces(world)).toEqual({ records: ['AUTHORIZED'], intents: ['requires_capture'] });
  });

  it('of the claim of a release is found again, and the capture made once', async () => {
    const { world, lost, arm } = await forgetful('save_changes');
    await world.escrow.authorize(authorizing());
    arm();
    expect((await world.escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect(lost).toEqual(['save_changes']);
    expect(world.asked('/capture')).toBe(1);
    expect(await traces(world)).toEqual({ records: ['RELEASED'], intents: ['succeeded'] });
  });

  it('of the end of a hold is found again by reading, and told once', async () => {
    const { world, lost, arm } = await forgetful('save_changes');
    arm();
    const told = await world.escrow.authorize(authorizing());
    expect(told._unsafeUnwrap().outcome).toBe('done');
    expect(lost).toEqual(['save_changes']);
    const again = await world.escrow.authorize(authorizing());
    expect(again._unsafeUnwrap().outcome).toBe('done');
    expect(world.asked('payment_intents')).toBe(1);
    const { rows } = await world.admin.query('select version from outbox');
    expect(rows).toEqual([{ version: 1 }]);
  });
});
