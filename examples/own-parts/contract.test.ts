import {
  describeGatewayContract,
  describeRepositoryContract,
} from '@campusg-pay/core/testing/contract';
import { cards, ownGateway } from './gateway.js';
import { ownStore } from './store.js';

const store = ownStore();
describeRepositoryContract('a store of our own', () => store);

// The gateway has a time of its own, far from the real one, which the suite asks by.
const now = () => new Date('2040-02-29T23:59:59.500Z');
const { gateway, addCustomer, addAccount, payOut, approve } = ownGateway(now);
describeGatewayContract('a gateway of our own', () => ({
  gateway,
  cards,
  customer: { id: addCustomer(cards.good), defaultCard: cards.good },
  customerWithoutCard: addCustomer(),
  now,
  accounts: { able: addAccount(true), unable: addAccount(false), payOut },
  approve,
}));
