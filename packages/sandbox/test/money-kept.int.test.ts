import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startSandbox } from '../src/index.js';
import { clientOf, hold, newFolder } from './support.js';

const ACCOUNTS = ['acct_1', 'acct_2'];

/** What may happen, in any order; the numbers choose of what there is. */
const act = fc.record({
  kind: fc.constantFrom(
    'hold',
    'hold',
    'capture',
    'capture',
    'cancel',
    'increment',
    'refund',
    'endRefund',
    'transfer',
    'loose',
    'reverse',
    'dispute',
    'endDispute',
    'payOut',
    'topUp',
    'wait',
  ),
  which: fc.nat(7),
  amount: fc.integer({ min: 1, max: 3000 }),
  currency: fc.constantFrom('usd', 'jpy'),
  card: fc.constantFrom('pm_card_visa', 'pm_card_pendingRefund', 'pm_card_refundFail'),
});

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** Time passes by `wait` alone, so that nothing becomes due between two looks. */
const standing = () => new Date('2027-01-01T09:00:00Z');

/** Sandboxes are opened by the run, so each is closed by the run. */
async function opened() {
  const dataFile = `${await newFolder()}/data.jsonl`;
  const sandbox = await startSandbox({
    dataFile,
    now: standing,
    terms: { feePercent: 2.9, feeFixed: 30, settlementSeconds: 100 },
  });
  for (const id of ACCOUNTS) sandbox.accounts.seed({ id });
  // So that something can be sent that came from no charge.
  for (const currency of ['usd', 'jpy']) sandbox.funds.add({ currency, amount: 5000 });
  return { dataFile, sandbox, stripe: clientOf(sandbox.url) };
}

type Opened = Awaited<ReturnType<typeof opened>>;

const OPTIONS = {
  card: {
    request_overcapture: 'if_available',
    request_incremental_authorization: 'if_available',
  },
} as const;

async function perform({ sandbox, stripe }: Opened, one: Act): Promise<unknown> {
  const { which, amount, currency, card } = one;
  const { paymentIntents, charges, refunds, transfers, disputes } = sandbox.ledger();
  const held = paymentIntents.filter(({ status }) => status === 'requires_capture');
  const taken = charges.filter(({ captured }) => captured);
  const pick = <T extends { id: string }>(list: readonly T[]) => list[which % (list.length || 1)];
  const idOf = (list: readonly { id: string }[]) => pick(list)?.id ?? 'none';
  const destination = ACCOUNTS[which % 2] ?? '';
  const whose = which < 4 ? { account: destination } : {};
  switch (one.kind) {
    case 'hold':
      return hold(stripe, {
        amount: amount + 100,
        currency,
        payment_method: card,
        payment_method_options: OPTIONS,
      });
    case 'capture':
      return stripe.paymentIntents.capture(idOf(held), { amount_to_capture: amount });
    case 'cancel':
      return stripe.paymentIntents.cancel(idOf(paymentIntents));
    case 'increment':
      return stripe.paymentIntents.incrementAuthorization(idOf(held), { amount: amount + 2000 });
    case 'refund':
      return stripe.refunds.create({ charge: idOf(charges), amount });
    case 'endRefund':
      return sandbox.refunds.end(idOf(refunds), { status: 'failed' });
    case 'transfer': {
      const source = pick(taken);
      return stripe.transfers.create({
        amount,
        currency: source?.currency ?? currency,
        destination,
        source_transaction: source?.id ?? 'none',
      });
    }
    case 'loose':
      return stripe.transfers.create({ amount, currency, destination });
    case 'reverse':
      return stripe.transfers.createReversal(idOf(transfers), { amount: (amount % 500) + 1 });
    case 'dispute':
      return sandbox.disputes.open({ charge: idOf(taken) });
    case 'endDispute':
      return sandbox.disputes.update(idOf(disputes), { status: 'won' });
    case 'payOut':
      return sandbox.funds.payOut({ currency, amount, ...whose });
    case 'topUp':
      return sandbox.funds.add({ currency, amount, ...whose });
    case 'wait':
      return sandbox.clock.advance(amount * 20);
  }
}

function check({ sandbox }: Opened): void {
  const { books, balances, balanceTransactions, charges } = sandbox.ledger();
  for (const { currency, sum } of books.currencies) expect([currency, sum]).toEqual([currency, 0]);
  for (const { captured, refunded, transferred, reversed } of books.charges) {
    expect(refunded).toBeLessThanOrEqual(captured);
    expect(transferred).toBeLessThanOrEqual(captured);
    expect(reversed).toBeLessThanOrEqual(transferred);
  }
  for (const { amount, amount_captured } of charges) {
    expect(amount_captured).toBeLessThanOrEqual(amount);
  }
  // Every balance is the sum of its transactions, and nobody pays more to a runner than there is.
  const net = balanceTransactions.reduce((sum, each) => sum + each.net, 0);
  const has = balances.reduce((sum, { available, pending }) => sum + available + pending, 0);
  expect(has).toBe(net);
}

/** What the data file brings back, after the sandbox that wrote it was closed. */
async function checkKept({ sandbox, dataFile }: Opened): Promise<void> {
  const { requests: _, counts: _counts, balances, ...before } = sandbox.ledger();
  await sandbox.close();
  const again = await startSandbox({ dataFile, now: standing });
  const after = again.ledger();
  await again.close();
  expect(after).toMatchObject(JSON.parse(JSON.stringify(before)) as object);
  expect(after.balances).toHaveLength(balances.length);
  expect(after.balances).toEqual(expect.arrayContaining([...balances]));
}

it('money is neither made nor lost by any sequence of what may happen', async () => {
  const refused = new Set<string>();
  const done = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 60 }), async (acts) => {
      const open = await opened();
      try {
        for (const one of acts) {
          await Promise.resolve()
            .then(() => perform(open, one))
            .then(
              () => done.add(one.kind),
              () => refused.add(one.kind),
            );
          check(open);
        }
      } finally {
        await checkKept(open);
      }
    }),
    { numRuns: 25, seed: 7 },
  );
  // A run in which nothing succeeds would prove nothing.
  expect(done.size).toBe(14);
  expect(refused.size).toBeGreaterThan(5);
});
