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

  'a gateway that sends a transfer under each attempt a key of its own': (parts) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      perform: ({ operation, ...call }) => {
        const key =
          operation.kind === 'transfer' ? `${operation.key}-${operation.attempts}` : operation.key;
        return parts.gateway.perform({ ...call, operation: { ...operation, key } });
      },
    },
  }),

  'a search at Stripe that never finds a transfer': (parts) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      findTransfer: async (wanted) => (await parts.gateway.findTransfer(wanted)).map(() => null),
    },
  }),

  'a gateway that does not tell which refund is which': (parts) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      perform: async (call) => {
        const { operation } = call;
        if (operation.kind !== 'refund') return parts.gateway.perform(call);
        const { refundId: _, ...params } = operation.params;
        return parts.gateway.perform({ ...call, operation: { ...operation, params } });
      },
    },
  }),

  'a save that forgets what a runner owes': (parts) => ({
    ...parts,
    repository: {
      ...parts.repository,
      save: (change, webhook) => {
        const money = change.money === null ? null : { ...change.money, debts: [] };
        return parts.repository.save({ ...change, money }, webhook);
      },
    },
  }),

  'a save that pays a debt again where the transfer was not sent': (parts) => ({
    ...parts,
    repository: {
      ...parts.repository,
      save: (change, webhook) => {
        const money = change.money === null ? null : { ...change.money, isNettingUndone: false };
        return parts.repository.save({ ...change, money }, webhook);
      },
    },
  }),

  'a list of due transfers that leaves out those that wait': (parts) => ({
    ...parts,
    repository: {
      ...parts.repository,
      dueTransfers: async (wanted) => {
        const due = await parts.repository.dueTransfers(wanted);
        return due.map((all) =>
          all.filter((one) => 'transfer' in one && one.transfer?.status === 'owed'),
        );
      },
    },
  }),

  'a gateway that asks the runner first, and then gives the customer theirs': (
    parts,
    { gateway },
  ) => ({
    ...parts,
    gateway: {
      ...parts.gateway,
      perform: (call) => {
        const { payment, operation } = call;
        const sent = gateway.transfers().find(({ paymentId }) => paymentId === payment.id);
        const wantedMinor = operation.kind === 'refund' ? (operation.params.amountMinor ?? 1) : 0;
        const leftMinor = (sent?.amountMinor ?? 0) - (sent?.reversedMinor ?? 0);
        if (sent !== undefined && wantedMinor > 0 && wantedMinor <= leftMinor) {
          try {
            gateway.connect.reverseTransfer(sent.stripeTransferId, wantedMinor);
          } catch {
            // The account is short: then it is asked later.
          }
        }
        return parts.gateway.perform(call);
      },
    },
  }),
};
