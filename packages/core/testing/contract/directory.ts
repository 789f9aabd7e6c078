import type { CustomerDirectory, CustomerEntry } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked } from '../samples.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { MANY } from './steps.js';

/** One Stripe customer per user, however many ask at once. */
export function describeDirectory(ports: () => Promise<ContractPorts>): void {
  describe('the customer directory', () => {
    it('knows nothing of a user at first', async () => {
      const { customers } = await ports();
      expect(got(await customers.lookUp(asked().customerId))).toBeNull();
    });

    it(`gives all of ${MANY} callers at once the record of the first one`, async () => {
      const { customers } = await ports();
      const { customerId } = asked();
      const records = await Promise.all(
        Array.from({ length: MANY }, (_, caller) => reserve(customers, customerId, caller)),
      );
      expect(new Set(records.map(({ key }) => key)).size).toBe(1);
      const [first] = records;
      expect(records).toEqual(records.map(() => first));
      expect(first).toMatchObject({ customerId, stripeCustomerId: null });
      expect(await reserve(customers, customerId, 99)).toEqual(first);
    });

    it('keeps the key and the time it was first given, to the millisecond', async () => {
      const { customers } = await ports();
      const { customerId } = asked();
      const { key, requestedAt } = await reserve(customers, customerId, 7);
      expect({ key, requestedAt }).toEqual({ key: `key-${customerId}-7`, requestedAt: timeOf(7) });
    });

    it(`remembers the Stripe customer of one of ${MANY} callers at once`, async () => {
      const { customers } = await ports();
      const { customerId } = asked();
      await reserve(customers, customerId, 0);
      const told = await Promise.all(
        Array.from({ length: MANY }, (_, caller) =>
          customers.remember({ customerId, stripeCustomerId: `cus-${customerId}-${caller}` }),
        ),
      );
      const remembered = new Set(told.map((one) => got(one)));
      expect(remembered.size).toBe(1);
      const [stripeCustomerId] = remembered;
      expect(got(await customers.lookUp(customerId))).toBe(stripeCustomerId);
      expect(await reserve(customers, customerId, 1)).toMatchObject({
        key: `key-${customerId}-0`,
        stripeCustomerId,
      });
    });
  });

  describeRenewals(ports);
}

function describeRenewals(ports: () => Promise<ContractPorts>): void {
  describe('the customer directory, asked to start over,', () => {
    it('starts over with a fresh key, a fresh time and no Stripe customer', async () => {
      const { customers } = await ports();
      const { customerId } = asked();
      await reserve(customers, customerId, 0);
      got(await customers.remember({ customerId, stripeCustomerId: `cus-${customerId}` }));
      const record = await reserve(customers, customerId, 1);
      await renew(customers, record, 5);
      expect(got(await customers.lookUp(customerId))).toBeNull();
      expect(await reserve(customers, customerId, 2)).toEqual({
        customerId,
        stripeCustomerId: null,
        key: `key-${customerId}-5`,
        requestedAt: timeOf(5),
      });
    });

    it(`lets one of ${MANY} callers at once start over`, async () => {
      const { customers } = await ports();
      const { customerId } = asked();
      const record = await reserve(customers, customerId, 0);
      const callers = Array.from({ length: MANY }, (_, caller) => caller + 1);
      await Promise.all(callers.map((caller) => renew(customers, record, caller)));
      const renewed = await reserve(customers, customerId, 99);
      expect(callers.map((caller) => `key-${customerId}-${caller}`)).toContain(renewed.key);
      await renew(customers, record, 98);
      expect(await reserve(customers, customerId, 99)).toEqual(renewed);
    });

    it('does not start over where a Stripe customer was remembered meanwhile', async () => {
      const { customers } = await ports();
      const { customerId } = asked();
      const record = await reserve(customers, customerId, 0);
      const stripeCustomerId = `cus-${customerId}`;
      got(await customers.remember({ customerId, stripeCustomerId }));
      await renew(customers, record, 1);
      expect(await reserve(customers, customerId, 2)).toEqual({ ...record, stripeCustomerId });
    });
  });
}

async function renew(customers: CustomerDirectory, record: CustomerEntry, caller: number) {
  const key = `key-${record.customerId}-${caller}`;
  got(await customers.renew({ record, key, now: timeOf(caller) }));
}

async function reserve(customers: CustomerDirectory, customerId: string, caller: number) {
  const wanted = { customerId, key: `key-${customerId}-${caller}`, now: timeOf(caller) };
  return got(await customers.reserve(wanted));
}

function timeOf(caller: number): Date {
  return new Date(Date.UTC(2026, 0, 5, 9, 0, 0, 100 + caller));
}
