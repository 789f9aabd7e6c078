import { type Command, InvalidArgumentError } from 'commander';
import {
  command,
  countUpTo,
  type Ends,
  example,
  withActOptions,
  withJson,
} from '../command-tree.js';
import type { ActOptions } from '../consent.js';
import type { TopicsOptions } from './topics-command.js';

/** Kafka's topics, and what came over it that could not be answered. */
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
        (await import('./topics-command.js')).topicsCommand(options),
      ),
    );
  addParked(program, ends);
}

function addParked(program: Command, ends: Ends): void {
  const commands = command(program, 'commands')
    .description('commands that came over Kafka')
    .addHelpText('after', example('campusg-pay commands parked list'));
  const parked = command(commands, 'parked')
    .description('messages that could be neither carried out nor answered')
    .addHelpText('after', example('campusg-pay commands parked list --json'));
  const number = ['<number>', 'of the message', countUpTo(999_999_999)] as const;

  withJson(command(parked, 'list'))
    .description('list the messages that wait for a person, oldest first')
    .option('--limit <count>', 'how many', countUpTo(10_000), 50)
    .addHelpText('after', example('campusg-pay commands parked list'))
    .action(
      ends(async (options: { limit: number; json?: true }) =>
        (await import('./parked-messages.js')).parkedListCommand(options),
      ),
    );
  withActOptions(command(parked, 'retry'))
    .argument(...number)
    .description('send a message to its topic once more, for a release that understands it')
    .addHelpText('after', example('campusg-pay commands parked retry 3 --reason "fixed in 1.2"'))
    .action(
      ends(async (id: number, options: ActOptions) =>
        (await import('./parked-messages.js')).parkedRetryCommand(id, options),
      ),
    );
  withActOptions(command(parked, 'drop'))
    .argument(...number)
    .description('put a message aside: it is never carried out')
    .addHelpText('after', example('campusg-pay commands parked drop 3 --reason "a test of theirs"'))
    .action(
      ends(async (id: number, options: ActOptions) =>
        (await import('./parked-messages.js')).parkedDropCommand(id, options),
      ),
    );
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
