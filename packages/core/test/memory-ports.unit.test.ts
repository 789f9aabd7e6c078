import { CARDS, memoryGateway, memoryStore, virtualClock } from '@campusg-pay/core/testing';
import {
  describeGatewayContract,
  describeRepositoryContract,
} from '@campusg-pay/core/testing/contract';

describeRepositoryContract('the database in memory', () => {
  const store = memoryStore();
  return { ...store, announcements: async () => JSON.parse(JSON.stringify(store.outbox)) };
});

describeGatewayContract('the gateway in memory', () => {
  const gateway = memoryGateway({ clock: virtualClock({ start: new Date() }) });
  const defaultCard = CARDS.good;
  return {
    gateway,
    cards: CARDS,
    customer: { id: gateway.addCustomer({ defaultCard }), defaultCard },
    customerWithoutCard: gateway.addCustomer(),
    approve: async (paymentIntentId) => gateway.customer.approve(paymentIntentId),
  };
});
