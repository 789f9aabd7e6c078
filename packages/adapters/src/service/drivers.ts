import type { Result } from 'neverthrow';
import { loadOptional, type NotInstalled } from './optional-package.js';

// The drivers are loaded when they are wanted: a command that only reads the database loads neither
// Stripe's SDK nor a Kafka client, and who has no broker need not install one.

export type StripeDriver = typeof import('../stripe/index.js');
export type KafkaDriver = typeof import('../kafka/index.js');
type Loaded<Module> = Promise<Result<Module, NotInstalled>>;

export function loadStripe(): Loaded<StripeDriver> {
  return loadOptional(
    { package: 'stripe', neededBy: 'Stripe' },
    () => import('../stripe/index.js'),
  );
}

export function loadKafka(): Loaded<KafkaDriver> {
  return loadOptional({ package: 'kafkajs', neededBy: 'Kafka' }, () => import('../kafka/index.js'));
}

export function loadSandbox(): Loaded<typeof import('@campusg-pay/sandbox')> {
  return loadOptional(
    { package: '@campusg-pay/sandbox', neededBy: 'The embedded Stripe sandbox' },
    () => import('@campusg-pay/sandbox'),
  );
}
