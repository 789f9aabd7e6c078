import { isAbsolute } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  command,
  countUpTo,
  type Ends,
  example,
  timeOf,
  timeWithin,
  withActOptions,
  withJson,
} from '../command-tree.js';
import type { ActOptions } from '../consent.js';
import type * as Archive from './history-archive.js';

/** For how long Stripe lists its events. */
const KEPT_DAYS = 30;

/** What waits: calls to Stripe, events to be told, webhooks that did not come. */
export function addBacklogs(program: Command, ends: Ends): void {
  addOperations(program, ends);
  addEvents(program, ends);
  addArchive(program, ends);

  const webhooks = command(program, 'webhooks')
    .description('take in what Stripe could not deliver')
    .addHelpText('after', example('campusg-pay webhooks sync --since 12h --dry-run'));
  withActOptions(command(webhooks, 'sync'))
    .description('take in webhooks that never came; the service does so by itself every 5 minutes')
    .option('--since <time>', 'at most 30d ago (default: 1d)', timeWithin(KEPT_DAYS))
    .addHelpText(
      'after',
      example('campusg-pay webhooks sync --since 3d --reason "was unreachable"'),
    )
    .action(
      ends(async (options: ActOptions & { since?: Date }) =>
        (await import('./missed-webhooks.js')).webhooksSyncCommand(options),
      ),
    );
}

function addArchive(program: Command, ends: Ends): void {
  withJson(command(program, 'archive'))
    .description('move old histories that reconciling has proven out of the database')
    .option('--older-than <days>', 'made so long ago (default: ARCHIVE_AFTER_DAYS)', archiveAge)
    .option('--to <folder>', 'an absolute path, or drop (default: ARCHIVE_TO)', archivePlace)
    .option('--apply', 'do it; without it is only told what would be done')
    .option('--reason <text>', 'why, for the records (asked for at a terminal)')
    .option('--operator <name>', 'who, for the records (default: OPERATOR, or your user name)')
    .option('--yes', 'do not ask')
    .addHelpText('after', example('campusg-pay archive --older-than 400 --to /srv/archive'))
    .action(
      ends(async (options: Parameters<typeof Archive.archiveCommand>[0]) =>
        (await import('./history-archive.js')).archiveCommand(options),
      ),
    );
}

const DAY_MS = 86_400_000;

function archiveAge(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 90 && days <= 36_500) return days * DAY_MS;
  throw new InvalidArgumentError('It must be a whole number of days from 90 to 36500.');
}

function archivePlace(text: string): { readonly folder: string | null } {
  if (text === 'drop') return { folder: null };
  if (isAbsolute(text) && text.length <= 500) return { folder: text };
  throw new InvalidArgumentError('It must be the absolute path of a folder, or drop.');
}

function addOperations(program: Command, ends: Ends): void {
  const operations = command(program, 'operations')
    .description('calls that are owed to Stripe')
    .addHelpText('after', example('campusg-pay operations list'));
  withJson(command(operations, 'list'))
    .description('list the calls that are owed, those due longest first')
    .option('--limit <count>', 'how many', countUpTo(100_000), 50)
    .addHelpText('after', example('campusg-pay operations list --json'))
    .action(
      ends(async (options: { limit: number; json?: true }) =>
        (await import('./owed-calls.js')).operationsListCommand(options),
      ),
    );
  withActOptions(command(operations, 'resume'))
    .description('make the calls now that nobody is working on; the service does so by itself')
    .option('--limit <count>', 'how many at most', countUpTo(10_000), 100)
    .addHelpText('after', example('campusg-pay operations resume --reason "Stripe is back"'))
    .action(
      ends(async (options: ActOptions & { limit: number }) =>
        (await import('./owed-calls.js')).operationsResumeCommand(options),
      ),
    );
}

function addEvents(program: Command, ends: Ends): void {
  const outbox = command(program, 'outbox')
    .description('events that are not published yet')
    .addHelpText('after', example('campusg-pay outbox list'));
  withJson(command(outbox, 'list'))
    .description('list the events that wait, in the order in which they were written')
    .option('--limit <count>', 'how many', countUpTo(100_000), 50)
    .addHelpText('after', example('campusg-pay outbox list --limit 500 --json'))
    .action(
      ends(async (options: { limit: number; json?: true }) =>
        (await import('./waiting-events.js')).outboxListCommand(options),
      ),
    );

  withActOptions(command(outbox, 'retry'))
    .description('publish what waits from here; services do so by themselves, once Kafka is back')
    .option('--seconds <count>', 'give up after', countUpTo(3_600), 60)
    .addHelpText('after', example('campusg-pay outbox retry --reason "the service is down"'))
    .action(
      ends(async (options: ActOptions & { seconds: number }) =>
        (await import('./outbox-retry.js')).outboxRetryCommand(options),
      ),
    );

  const events = command(program, 'events')
    .description('what the platform was told')
    .addHelpText('after', example('campusg-pay events replay --from 1h --dry-run'));
  withActOptions(command(events, 'replay'))
    .description('publish events of the history once more, marked as a replay')
    .requiredOption('--from <time>', 'since: 2026-11-26, 2026-11-26T13:00Z, or 12h, 7d', timeOf)
    .option('--to <time>', 'before (default: now)', timeOf)
    .option('--order <id>', 'of this order only')
    .addHelpText(
      'after',
      example('campusg-pay events replay --from 2h --order order_123abc --dry-run'),
    )
    .action(
      ends(async (options: ActOptions & { from: Date; to?: Date; order?: string }) =>
        (await import('./history-replay.js')).eventsReplayCommand(options),
      ),
    );
}
