import type { Sabotage } from '@campusg-pay/core/testing';

/** Mistakes that were made somewhere before, each from outside, by a part that does not do its work. */
export const MISTAKES: Readonly<Record<string, Sabotage>> = {
  'a save that does not look whether somebody else has written since': (parts, { store }) => ({
    ...parts,
    repository: {
      ...parts.repository,
      save: (change, webhook) => {
        const current = store.payments().find(({ id }) => id === change.payment.id);
        const expectedRevision = current?.revision ?? change.expectedRevision;
        return parts.repository.save({ ...change, expectedRevision }, webhook);
      },
    },
  }),

  'a gateway that takes a fresh idempotency key for each attempt': (parts) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      perform: ({ operation, ...call }) => {
        const key = `${operation.key}-${operation.attempts}`;
        return parts.gateway.perform({ ...call, operation: { ...operation, key } });
      },
    },
  }),

  'a gateway that takes a lost answer for "certainly not done"': (parts) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      perform: async (call) => {
        const reply = await parts.gateway.perform(call);
        return reply.mapErr((fault) => ({ ...fault, executed: 'no' as const }));
      },
    },
  }),

  'a search at Stripe that never finds what was made': (parts) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      findIntent: async (wanted) => (await parts.gateway.findIntent(wanted)).map(() => null),
    },
  }),

  'a relay that takes rows out of the outbox before they are published': (parts) => ({
    ...parts,
    relay: async ({ oldest, publish, remove }) => {
      const rows = await oldest(5);
      if (rows === null || rows.length === 0) return;
      if (await remove(rows.map(({ id }) => id))) await publish(rows);
    },
  }),

  'a withdrawal that does not look whether somebody else has taken over': (parts, { store }) => ({
    ...parts,
    repository: {
      ...parts.repository,
      withdraw: (payment) => {
        const current = store.payments().find(({ id }) => id === payment.id);
        return parts.repository.withdraw(current ?? payment);
      },
    },
  }),

  'an inbox that takes every webhook for known': (parts) => ({
    ...parts,
    inbox: { ...parts.inbox, seen: async (id) => (await parts.inbox.seen(id)).map(() => true) },
  }),

  'a directory that forgets the key under which a customer is made': (parts) => ({
    ...parts,
    customers: {
      ...parts.customers,
      reserve: async (wanted) => {
        const reserved = await parts.customers.reserve(wanted);
        return reserved.map((record) => ({ ...record, key: wanted.key }));
      },
    },
  }),
};
