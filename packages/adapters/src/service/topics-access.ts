import type { Result } from 'neverthrow';
import type { ensureTopics } from '../kafka/topics.js';
import { loadKafka } from './drivers.js';
import type { NotInstalled } from './optional-package.js';

/**
 * The part of Kafka's driver that others than the service ask for. In a file and of a type of its own:
 * the type of the whole driver mentions kafkajs, which only those have who use Kafka.
 */
export function loadTopics(): Promise<
  Result<{ readonly ensureTopics: typeof ensureTopics }, NotInstalled>
> {
  return loadKafka();
}
