import { randomUUID } from 'node:crypto';
import { type Answered, SECRET_KEY, type Service, type World } from './world.js';

/** An order that no other test has. */
export function newOrder(): string {
  return `order_${randomUUID().slice(0, 8)}`;
}

/** The guide's user. */
export const USER = 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6';

export interface Wish {
  readonly customer?: object;
  readonly order?: object;
  readonly [field: string]: unknown;
}

/** The body of the guide's authorize, with a card that the sandbox knows. */
export function authorizeBody({ customer, order, ...rest }: Wish = {}) {
  return {
    customer: {
      clerkUserId: USER,
      userStripeCard: { payment_method_id: 'pm_card_visa' },
      ...customer,
    },
    order: { amount: 2098, description: 'Order with ID order_123abc - CampusG Escrow', ...order },
    ...rest,
  };
}

/** The same, paid with another test card. */
export function withCard(card: string): { readonly customer: object } {
  return { customer: { userStripeCard: { payment_method_id: card } } };
}

export const authorize = (at: Service, order: string, wish: Wish = {}): Promise<Answered> =>
  at.post(`/api/payment/${order}/authorize`, authorizeBody(wish));

export const release = (at: Service, order: string, runnerId = 'runner_1'): Promise<Answered> =>
  at.post(`/api/payment/${order}/release`, { runnerId });

export const revert = (at: Service, order: string): Promise<Answered> =>
  at.post(`/api/payment/${order}/revert`);

export const status = (at: Service, order: string): Promise<Answered> =>
  at.get(`/api/payment/${order}/status`);

/** An order with a hold on it. */
export async function heldOrder(at: Service, wish: Wish = {}): Promise<string> {
  const order = newOrder();
  const { status: code, text } = await authorize(at, order, wish);
  if (code !== 200) throw new Error(`no hold: ${code} ${text}`);
  return order;
}

/** Everything that Stripe has about an order, found as we find it: by the metadata. */
export function atStripe({ sandbox }: World, order: string) {
  const ledger = sandbox.ledger();
  const intents = ledger.paymentIntents.filter(({ metadata }) => metadata.order_id === order);
  const ids = new Set(intents.map(({ id }) => id));
  const about = <One extends { payment_intent: unknown }>(all: readonly One[]) =>
    all.filter(({ payment_intent: id }) => typeof id === 'string' && ids.has(id));
  return {
    intents,
    charges: about(ledger.charges),
    refunds: about(ledger.refunds),
    /** The requests that Stripe got about this order's PaymentIntents by name. */
    requests: ledger.requests.filter(({ path }) => [...ids].some((id) => path.includes(id))),
  };
}

/** Does something at Stripe past this service, as a person in the dashboard would. */
export async function atDashboard(
  { sandbox }: World,
  path: string,
  params: Record<string, string> = {},
): Promise<void> {
  const response = await fetch(`${sandbox.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    body: new URLSearchParams(params),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Answers the customer's 3DS page. */
export async function authenticate(
  world: World,
  order: string,
  verdict: 'approve' | 'fail',
): Promise<void> {
  const [intent] = atStripe(world, order).intents;
  const secret = new URLSearchParams({ client_secret: String(intent?.client_secret) });
  await fetch(`${world.sandbox.url}/3ds/${intent?.id}/${verdict}`, {
    method: 'POST',
    body: secret,
    redirect: 'manual',
  });
}

/** The one PaymentIntent of an order. */
export function intentOf(world: World, order: string) {
  const [intent] = atStripe(world, order).intents;
  if (intent === undefined) throw new Error(`Stripe has nothing of ${order}`);
  return intent;
}

/** The order's latest payment as the database has it, past the service. */
export async function recorded({ database }: World, order: string) {
  const sql = 'select status, review, revision from payments where order_id = $1 order by attempt';
  const rows = await database.sql<{ status: string; review: string; revision: number }>(sql, [
    order,
  ]);
  return rows.at(-1);
}

/** What an action cost: the calls that Stripe got and the statements that the database got. */
export async function costOf<Value>(world: World, action: () => Promise<Value>) {
  const asked = world.sandbox.ledger().requests.length;
  const statements = world.statements.length;
  const value = await action();
  const calls = world.sandbox
    .ledger()
    .requests.slice(asked)
    .map(({ method, path }) => `${method} ${path.replace(/\b(pi|cus)_\w+/, ':id')}`);
  return { value, calls, statements: world.statements.slice(statements) };
}

/** Asks again and again until it is so; the last thing seen is told when it never is. */
export async function until<Value>(
  look: () => Promise<Value> | Value,
  isSo: (value: Value) => boolean,
  withinMs = 30_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > deadline) throw new Error(`never so, at last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
