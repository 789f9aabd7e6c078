import { type Command, InvalidArgumentError } from 'commander';
import type { TopicsOptions } from '../commands/kafka.js';
import { command, type Ends, example } from '../tree.js';

/** Kafka's topics. */
export function addKafka(program: Command, ends: Ends): void {
  const kafka = command(program, 'kafka')
    .description('prepare Kafka: its topics')
    .addHelpText('after', example('campusg-pay kafka topics'));
  command(kafka, 'topics')
    .description('create the topics of KAFKA_EVENTS_TOPIC and KAFKA_COMMANDS_TOPIC, if missing')
    .option('--check', 'only tell whether they are there; exit code 3 if not')
    .option('--partitions <count>', 'of a topic that is created (default: 12)', countOf)
    .option(
      '--replication <count>',
      'of a topic that is created (default: 3, or as many as there are brokers)',
      countOf,
    )
    .addHelpText('after', example('KAFKA_BROKERS=localhost:9092 campusg-pay kafka topics --check'))
    .action(
      ends(async (options: TopicsOptions) =>
        (await import('../commands/kafka.js')).topicsCommand(options),
      ),
    );
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
