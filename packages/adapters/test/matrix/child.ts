import { pino } from 'pino';
import { readConfig } from '../../src/service/config.js';
import { openRuntime } from '../../src/service/runtime.js';
import { testClock } from '../setup/clock.js';
import { type Cell, HALF, ONWARD } from './cells.js';
import { armed, filePublisher } from './failpoints.js';

/** One whole service in a process of its own, that runs one command and is killed on the way. */
const { environment, published, clockOffsetMs, cell } = JSON.parse(process.argv[2] ?? '') as {
  environment: Record<string, string>;
  published: string;
  clockOffsetMs: number;
  cell: Cell;
};

const { at, decorate } = armed(cell.kill);
const clock = testClock();
clock.advance(clockOffsetMs);
const config = readConfig(environment)._unsafeUnwrap();
const publisher = filePublisher(published, at);
const options = { clock, decorate, publisher };
const { escrow } = (await openRuntime(config, pino({ level: 'silent' }), options))._unsafeUnwrap();

const payment = { orderId: cell.orderId };
const correlationId = `${cell.command}-${cell.orderId}`;
switch (cell.command) {
  case 'authorize':
  case 'authorize declined':
    await escrow.authorize({
      orderId: cell.orderId,
      customerId: `customer-${cell.orderId}`,
      stripeCustomerId: null,
      paymentMethodId: cell.card,
      amount: cell.amount,
      description: null,
      paymentId: null,
      returnUrl: null,
      savePaymentMethod: false,
      correlationId,
    });
    break;
  case 'release to an account':
    await escrow.release({ payment, ...ONWARD, correlationId });
    break;
  case 'send a transfer':
    await escrow.sendDueTransfers(10);
    break;
  case 'give back a part':
    await escrow.revert({ payment, reason: null, ...HALF, correlationId });
    break;
  case 'release':
    await escrow.release({ payment, runnerId: 'runner-1', correlationId });
    break;
  case 'revert a hold':
  case 'revert a release':
  case 'revert a transfer':
  case 'revert a transfer that was paid out':
    await escrow.revert({ payment, reason: null, correlationId });
    break;
  case 'report':
    await escrow.check(payment);
}
// The publisher works in the background; it is killed there or nowhere.
setTimeout(() => process.exit(0), 30_000);
