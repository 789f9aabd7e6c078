import { err, ok, type Result } from 'neverthrow';
import type { Config } from './config.js';
import { type NotInstalled, optionalPackage } from './optional-package.js';

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

export interface Drivers {
  readonly stripe: StripeDriver;
  /** Null where no broker is configured. */
  readonly kafka: KafkaDriver | null;
}

/** The drivers that a service needs. */
export async function loadDrivers({
  kafka: settings,
}: Config): Promise<Result<Drivers, NotInstalled>> {
  const stripe = await loadStripe();
  if (stripe.isErr()) return err(stripe.error);
  const kafka = settings === null ? ok(null) : await loadKafka();
  return kafka.map((driver) => ({ stripe: stripe.value, kafka: driver }));
}
