import { randomUUID } from 'node:crypto';
import { type OperatorSession, openOperatorSession, readConfig } from '@campusg-pay/adapters';
import { type Payment, parseCharge, parseCurrency } from '@campusg-pay/core';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import { createLogger } from '../src/logging/logger.js';
import { campusgPay, type Ended } from './cli.js';
import { type OwnDatabase, ownDatabase } from './database.js';

/** A database and a Stripe of one's own, with payments in them, and the commands beside them. */
export interface World {
  readonly sandbox: Sandbox;
  readonly database: OwnDatabase;
  readonly session: OperatorSession;
  /** What a command is configured with. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command to its end, in a pipe. */
  run(...args: string[]): Promise<Ended>;
  /** Holds an amount for an order. */
  hold(wanted?: Partial<Held>): Promise<Payment>;
  close(): Promise<void>;
}

interface Held {
  readonly orderId: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paymentMethodId: string;
  readonly paymentId: string | null;
  readonly description: string | null;
}

export async function openWorld(): Promise<World> {
  const database = await ownDatabase('template');
  const secretKey = `sk_test_${randomUUID().replaceAll('-', '')}`;
  const sandbox = await startSandbox({ secretKey });
  const env = {
    DATABASE_URL: database.connectionString,
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_API_BASE: sandbox.url,
    STRIPE_TIMEOUT_MS: '2000',
  };
  const log = createLogger({ level: 'silent', readable: false });
  const session = (await openOperatorSession(readConfig(env)._unsafeUnwrap(), log))._unsafeUnwrap();
  return {
    sandbox,
    database,
    session,
    env,
    run: (...args) => campusgPay(args, env),
    hold: (wanted) => hold(session, wanted),
    close: async () => {
      await session.close();
      await sandbox.close();
      await database.drop();
    },
  };
}

async function hold(session: OperatorSession, wanted: Partial<Held> = {}): Promise<Payment> {
  const { amountMinor = 2098, currency = 'USD', ...named } = wanted;
  const code = parseCurrency(currency)._unsafeUnwrap();
  const orderId = `order_${randomUUID().slice(0, 8)}`;
  const asked = await session.escrow.authorize({
    orderId,
    customerId: 'user_payer',
    paymentMethodId: 'pm_card_visa',
    paymentId: null,
    stripeCustomerId: null,
    description: null,
    returnUrl: null,
    savePaymentMethod: false,
    amount: parseCharge(amountMinor, code)._unsafeUnwrap(),
    correlationId: randomUUID(),
    ...named,
  });
  if (asked.isOk()) return asked.value.payment;
  if (asked.error.type === 'NotAuthorized') return asked.error.payment;
  throw new Error(`not held: ${JSON.stringify(asked.error)}`);
}

/** JSON Lines as they were printed. */
export function linesOf({ stdout }: Pick<Ended, 'stdout'>): unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What the audit table has of a payment. */
export const actsOf = ({ database }: World, { id }: Payment) =>
  database.sql(
    'select operator, act, reason, outcome, result from operator_acts where payment_id = $1',
    [id],
  );

/** What Stripe was asked to do with a payment's money. */
export function movesOf({ sandbox }: World, { paymentIntentId }: Payment): string[] {
  return sandbox
    .ledger()
    .requests.filter(
      ({ method, path }) => method === 'POST' && path.includes(paymentIntentId ?? '?'),
    )
    .map(({ path }) => path.split('/').at(-1) ?? '');
}

export async function statusOf({ session }: World, { id }: Payment): Promise<string | undefined> {
  return (await session.repository.find({ paymentId: id }))._unsafeUnwrap()?.status;
}
