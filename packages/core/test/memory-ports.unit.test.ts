import {
  CARDS,
  memoryGateway,
  memoryHolderLocks,
  memoryPaymentSearch,
  memoryStore,
  memoryTurns,
  virtualClock,
} from '@campusg-pay/core/testing';
import {
  describeGatewayContract,
  describeHolderContract,
  describePaymentSearch,
  describeRepositoryContract,
  describeTurnsContract,
} from '@campusg-pay/core/testing/contract';

describeRepositoryContract('the database in memory', () => {
  const store = memoryStore();
  return { ...store, announcements: async () => JSON.parse(JSON.stringify(store.outbox)) };
});

describePaymentSearch('the search in memory', () => {
  const { repository, payments } = memoryStore();
  return { repository, looking: memoryPaymentSearch(payments) };
});

describeGatewayContract('the gateway in memory', () => {
  // Far from the real time: whatever the suite asks for has to be of the gateway's.
  const clock = virtualClock({ start: new Date('2031-03-01T08:00:00Z') });
  const gateway = memoryGateway({ clock });
  const defaultCard = CARDS.good;
  return {
    gateway,
    now: clock.now,
    cards: CARDS,
    customer: { id: gateway.addCustomer({ defaultCard }), defaultCard },
    customerWithoutCard: gateway.addCustomer(),
    accounts: {
      able: gateway.connect.makeAccount(),
      unable: gateway.connect.makeAccount({ state: 'unable' }),
      payOut: async (stripeAccount) => gateway.connect.payOutAccount(stripeAccount),
    },
    collide: () => gateway.befall('authorize', null, { type: 'answer_lost' }),
    approve: async (paymentIntentId) => gateway.customer.approve(paymentIntentId),
  };
});

describeHolderContract('the database in memory', () => {
  const store = memoryStore();
  const locks = memoryHolderLocks(store);
  let holders = 0;
  return {
    newHolder: () => {
      holders += 1;
      return holders;
    },
    start: async (self) => {
      const line = locks.open(self);
      const repository = store.repositoryOf(() => self);
      return { repository, locks: line, cut: async () => line.cut() };
    },
  };
});

describeTurnsContract('in memory', () => memoryTurns(() => 0).turns);
