import { createLogger } from '../../../packages/cli/src/logging/logger.js';
import { parseCharge, parseCurrency } from '../../../packages/core/src/index.js';
import { startSandbox } from '../../../packages/sandbox/src/index.js';
import type { NotedAdapters } from './adapters.js';

const SECRET_KEY = 'sk_test_trial';
const log = createLogger({ level: 'silent', readable: false });

/** A service in this process; ends with `close`. */
export async function openTrialService(
  { openRuntime, readConfig }: NotedAdapters['service'],
  databaseUrl: string,
) {
  const sandbox = await startSandbox({ secretKey: SECRET_KEY });
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    STRIPE_SECRET_KEY: SECRET_KEY,
    STRIPE_API_BASE: sandbox.url,
  })._unsafeUnwrap();
  const opened = await openRuntime(config, log);
  return {
    config,
    opened,
    sandbox,
    close: async () => {
      if (opened.isOk()) await opened.value.close();
      await sandbox.close();
    },
  };
}

const amount = parseCurrency('USD')
  .andThen((usd) => parseCharge(2_098, usd))
  ._unsafeUnwrap();

/** What an order's hold is asked for with. Its payment is named after it, so that both go to one shard. */
export function holdOf(orderId: string) {
  return {
    orderId,
    customerId: `user-${orderId}`,
    stripeCustomerId: null,
    paymentMethodId: 'pm_card_visa',
    amount,
    description: null,
    paymentId: `${orderId}.1`,
    returnUrl: null,
    savePaymentMethod: false,
    correlationId: `hold-${orderId}`,
  };
}

/** All that a service and an operator usually do, once or twice. */
export async function liveThrough(adapters: NotedAdapters, databaseUrl: string): Promise<void> {
  const service = await openTrialService(adapters.service, databaseUrl);
  const { escrow, looking, totalsOf, exposeMetrics } = service.opened._unsafeUnwrap();
  const of = (orderId: string) => ({ payment: { orderId }, correlationId: `act-${orderId}` });
  const orders = Array.from({ length: 8 }, (_, n) => `o${n}`);
  await Promise.all(orders.map((orderId) => escrow.authorize(holdOf(orderId))));
  await Promise.all(
    orders.slice(0, 5).map((orderId) => escrow.release({ ...of(orderId), runnerId: 'runner' })),
  );
  await escrow.revert({ ...of('o0'), reason: 'late' });
  await escrow.revert({ ...of('o6'), reason: null });
  await escrow.authorize({ ...holdOf('o6'), paymentId: 'o6.2' });
  for (const orderId of ['o1', 'o7']) {
    await escrow.find({ orderId });
    await escrow.check({ orderId });
    await escrow.find({ paymentId: `${orderId}.1` });
  }
  await escrow.resume(10);
  await looking.named('o1');
  await totalsOf('user-o1');
  await exposeMetrics();
  // The relay publishes, and looks at who else there is.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const session = (await adapters.service.openOperatorSession(service.config, log))._unsafeUnwrap();
  await session.standing({ since: new Date(0), bounds: [new Date()] });
  await session.backlog.owedCalls({ dueAt: new Date(), limit: 10 });
  await session.money.runner('runner');
  await session.close();
  await service.close();
}
