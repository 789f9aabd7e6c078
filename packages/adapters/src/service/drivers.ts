import { optionalPackage } from './optional-package.js';

// The drivers are loaded when they are wanted: a command that only reads the database loads neither
// Stripe's SDK nor a Kafka client, and who has no broker need not install one.

export type StripeDriver = typeof import('../stripe/index.js');
export type KafkaDriver = typeof import('../kafka/index.js');

export const loadStripe = optionalPackage(
  { package: 'stripe', neededBy: 'Stripe' },
  () => import('../stripe/index.js'),
);

export const loadKafka = optionalPackage(
  { package: 'kafkajs', neededBy: 'Kafka' },
  () => import('../kafka/index.js'),
);

export const loadSandbox = optionalPackage(
  { package: '@campusg-pay/sandbox', neededBy: 'The embedded Stripe sandbox' },
  () => import('@campusg-pay/sandbox'),
);
