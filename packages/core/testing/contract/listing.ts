import {
  ANY_PAYMENT,
  type Payment,
  type PaymentFilter,
  type PaymentPlace,
  type PaymentRepository,
  type PaymentSearch,
  readListed,
  type Slice,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, closes, learned, owedTransfer } from '../samples.js';
import { got } from './outcome.js';
import { claimed, saveAll, saveHold, saveRelease } from './steps.js';

/** What the suite of lists runs against: a store, and the search over the same records. */
export interface ListingSetup {
  readonly repository: PaymentRepository;
  readonly looking: PaymentSearch;
}

const START = new Date('2027-03-01T12:00:00Z').getTime();
const minutes = (count: number) => new Date(START + count * 60_000);

/** What any search for payments must do. Every test has a customer of its own. */
export function describePaymentSearch(
  name: string,
  setUp: () => ListingSetup | Promise<ListingSetup>,
): void {
  describe(`${name} keeps the contract of lists`, () => {
    describeFilters(async () => setUp());
    describePages(async () => setUp());
  });
}

/** A payment of each kind that lists tell apart, made a minute after the one before. */
async function shelf({ repository }: ListingSetup) {
  const customerId = `customer-${crypto.randomUUID()}`;
  const made = (count: number) => ({ customerId, createdAt: minutes(count) });
  const declined = { code: 'card_declined', declineCode: null, message: 'No.' };
  const transfer = owedTransfer();
  const first = await claimed(repository, asked(made(0)));
  const refused = await saveAll(repository, await claimed(repository, asked(made(1))), [
    (it) => [closes(it, 'refused'), learned(it)],
    () => [{ type: 'failed', failure: declined }],
  ]);
  const hold = await saveHold(repository, made(2));
  const paid = await saveRelease(repository, transfer, made(3));
  const marked = await saveAll(repository, await saveHold(repository, made(4)), [
    () => [{ type: 'review_needed', reason: 'look' }],
  ]);
  return { customerId, transfer, first, refused, hold, paid, marked };
}

function describeFilters(setUp: () => Promise<ListingSetup>): void {
  describe('a list', () => {
    it('is of what is asked for, and of nothing else, the newest first', async () => {
      const setup = await setUp();
      const { customerId, transfer, first, refused, hold, paid, marked } = await shelf(setup);
      const all = [marked, paid, hold, refused, first];
      const wanted: readonly [Partial<PaymentFilter>, readonly Payment[]][] = [
        [{}, all],
        [{ statuses: ['RELEASED'] }, [paid]],
        [{ statuses: ['FAILED', 'AUTHORIZED'] }, [marked, hold, refused]],
        [{ statuses: ['REVERTED'] }, []],
        [{ orderId: hold.orderId }, [hold]],
        [{ orderId: 'order of nobody' }, []],
        [{ runnerId: transfer.runnerId }, [paid]],
        [{ runnerId: 'runner of nobody' }, []],
        [{ runnerAccount: transfer.stripeAccount }, [paid]],
        [{ runnerAccount: transfer.stripeAccount, transferStatuses: ['sent'] }, []],
        [{ transferStatuses: ['owed', 'sent'] }, [paid]],
        [{ createdFrom: minutes(2) }, [marked, paid, hold]],
        [{ createdBefore: minutes(2) }, [refused, first]],
        [{ createdFrom: minutes(1), createdBefore: minutes(4) }, [paid, hold, refused]],
        [{ currency: hold.amount.currency, minMinor: 2098, maxMinor: 2098 }, all],
        [{ currency: hold.amount.currency, minMinor: 2099 }, []],
        [{ currency: hold.amount.currency, maxMinor: 2097 }, []],
        [{ review: true }, [marked]],
      ];
      for (const [filter, payments] of wanted) {
        const whole = { ...ANY_PAYMENT, customerId, ...filter };
        const found = await setup.looking.list(whole, { after: null, limit: 10 });
        expect(got(found), JSON.stringify(filter)).toEqual(payments);
      }
    });

    it('is of anybody where no customer is named', async () => {
      const setup = await setUp();
      const { transfer, hold, paid } = await shelf(setup);
      for (const [filter, payment] of [
        [{ runnerId: transfer.runnerId }, paid],
        [{ runnerAccount: transfer.stripeAccount }, paid],
        [{ orderId: hold.orderId, statuses: ['AUTHORIZED'] }, hold],
      ] as const) {
        const whole = { ...ANY_PAYMENT, ...filter };
        const found = await setup.looking.list(whole, { after: null, limit: 10 });
        expect(got(found), JSON.stringify(filter)).toEqual([payment]);
      }
    });

    it('of a user has what they pay for and what they deliver, once each', async () => {
      const setup = await setUp();
      const { customerId, transfer, paid } = await shelf(setup);
      const both = owedTransfer({ runnerId: customerId });
      const own = await saveRelease(setup.repository, both, { customerId, createdAt: minutes(9) });
      const theirs = await saveRelease(setup.repository, owedTransfer({ runnerId: customerId }), {
        createdAt: minutes(8),
      });
      const page = { after: null, limit: 3 };
      const found = got(await setup.looking.ofUser(customerId, page));
      expect(found.map(({ id }) => id).slice(0, 2)).toEqual([own.id, theirs.id]);
      expect(found).toHaveLength(3);
      const rest = await setup.looking.ofUser(customerId, { after: theirs, limit: 10 });
      expect(got(rest)).toHaveLength(5);
      expect(got(await setup.looking.ofUser(transfer.runnerId, page))).toEqual([paid]);
      expect(got(await setup.looking.ofUser('nobody', page))).toEqual([]);
    });
  });
}

function describePages(setUp: () => Promise<ListingSetup>): void {
  describe('page by page', () => {
    it.each([1, 2, 3, 7])(
      'by %i everything is told once, whatever is made meanwhile',
      async (limit) => {
        const setup = await setUp();
        const customerId = `customer-${crypto.randomUUID()}`;
        const make = (at: number) =>
          claimed(setup.repository, asked({ customerId, createdAt: minutes(at) }));
        const before: string[] = [];
        // Some at the same moment: then their ids tell.
        for (const at of [0, 1, 1, 1, 2, 3, 3, 4]) before.push((await make(at)).id);
        const lists = [
          (part: Slice<PaymentPlace>) => setup.looking.list({ ...ANY_PAYMENT, customerId }, part),
          (part: Slice<PaymentPlace>) => setup.looking.ofUser(customerId, part),
        ];
        for (const list of lists) {
          const seen: string[] = [];
          for (let after: PaymentPlace | null = null, at = 10; ; at += 1) {
            const page: { items: readonly Payment[]; next: PaymentPlace | null } = got(
              await readListed(list, { after, limit }),
            );
            seen.push(...page.items.map(({ id }) => id));
            await make(at);
            after = page.next;
            if (after === null) break;
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.filter((id) => before.includes(id)).toSorted()).toEqual(before.toSorted());
        }
      },
    );

    it('the last page says that it is the last, also where it is full', async () => {
      const setup = await setUp();
      const customerId = `customer-${crypto.randomUUID()}`;
      for (const at of [0, 1])
        await claimed(setup.repository, asked({ customerId, createdAt: minutes(at) }));
      const list = (part: Slice<PaymentPlace>) =>
        setup.looking.list({ ...ANY_PAYMENT, customerId }, part);
      const whole = got(await readListed(list, { after: null, limit: 2 }));
      expect([whole.items.length, whole.next]).toEqual([2, null]);
      const half = got(await readListed(list, { after: null, limit: 1 }));
      expect(half.next).toEqual(half.items[0]);
    });
  });
}
