import type { ReadSide, StoredDeadLetter } from '@campusg-pay/adapters';
import { onRecord } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { type Column, shorten, table, wrapped } from '../../terminal/table.js';
import type { ParkedCommandDocument, ParkedDoneDocument } from '../../wording/documents.js';
import { minuteOf } from '../../wording/time-wording.js';
import { type ActOptions, consent } from '../consent.js';
import { endAs, fail, refused } from '../endings.js';
import { withReadSide, withRecords } from '../session.js';

/** `campusg-pay commands parked list` */
export function parkedListCommand(options: {
  readonly limit: number;
  readonly json?: true;
}): Promise<number> {
  return withReadSide(async (readSide) => {
    const found = await readSide.kafkaCommands.deadLetters(options.limit);
    if (found.isErr()) return fail(found.error);
    if (options.json) for (const one of found.value) await printJsonLine(documentOf(one));
    else if (found.value.length > 0) await print(table(COLUMNS, found.value, terminalWidth()));
    if (found.value.length === 0) tell('No message is parked.');
    return EXIT.ok;
  });
}

function documentOf({
  state: _,
  parkedAt,
  key,
  value,
  ...message
}: StoredDeadLetter): ParkedCommandDocument {
  return { ...message, key: textOf(key), value: textOf(value), parkedAt: parkedAt.toISOString() };
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('utf8');
}

const COLUMNS: readonly Column<StoredDeadLetter>[] = [
  { title: 'NO.', value: ({ id }) => String(id), align: 'right' },
  { title: 'WHY', value: ({ reason }) => reason, least: 12, cut: wrapped },
  { title: 'PARKED (UTC)', value: ({ parkedAt }) => minuteOf(parkedAt), spare: 1 },
  {
    title: 'FROM',
    value: ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`,
    least: 16,
    spare: 2,
  },
  { title: 'MESSAGE', value: ({ value }) => textOf(value) ?? '', least: 20 },
];

/** `campusg-pay commands parked retry` */
export function parkedRetryCommand(id: number, options: ActOptions): Promise<number> {
  return decide(id, options, {
    act: 'commands.retry',
    verb: 'Send',
    outcome: 'sent',
    effects: [
      '  effect    It goes to its topic once more, as it came; what can not be read still is parked again.',
      '  twice     A command that was answered before is not carried out again.',
    ],
    run: async (readSide, message) => {
      if (UNREADABLE_BATCH.test(message.reason)) return endAs(BATCH);
      if (message.valueBytes > (message.value?.length ?? 0)) {
        return endAs(CUT);
      }
      const sent = await readSide.resend(message);
      return sent.isErr() ? fail(sent.error) : EXIT.ok;
    },
  });
}

const CUT = refused(
  'message_cut',
  'Only its first part was kept: whoever sent it must send it again.',
);

/** What is kept of these is a batch of Kafka's, and no message. */
const UNREADABLE_BATCH = /^unreadable_\w+_batch$/;

const BATCH = refused(
  'message_batch',
  'It is a whole batch that could not be read: whoever sent its commands must send them again.',
);

/** `campusg-pay commands parked drop` */
export function parkedDropCommand(id: number, options: ActOptions): Promise<number> {
  return decide(id, options, {
    act: 'commands.drop',
    verb: 'Drop',
    outcome: 'dropped',
    effects: ['  effect    It is listed no more and never carried out; its row stays.'],
    run: async () => EXIT.ok,
  });
}

interface Decision {
  readonly act: string;
  readonly verb: string;
  readonly outcome: ParkedDoneDocument['outcome'];
  readonly effects: readonly string[];
  /** What is done before the message is put aside; another code than 0 leaves it where it is. */
  readonly run: (readSide: ReadSide, message: StoredDeadLetter) => Promise<number>;
}

function decide(id: number, options: ActOptions, decision: Decision): Promise<number> {
  const { act, verb, outcome, effects, run } = decision;
  return withRecords(async (readSide, ending) => {
    const found = await readSide.kafkaCommands.findDeadLetter(id);
    if (found.isErr()) return fail(found.error);
    const message = found.value;
    if (message === null || message.state !== 'parked') {
      const why = `No message ${id} is parked: campusg-pay commands parked list`;
      return endAs(refused('unknown_message', why));
    }
    const plan = {
      question: `${verb} the parked message ${id}`,
      consequences: [
        `${verb} message ${id}, parked since ${minuteOf(message.parkedAt)} UTC (${message.reason})`,
        `  message   ${shorten(textOf(message.value) ?? 'empty', 300)}`,
        ...effects,
      ],
      facts: { act, message: documentOf(message) },
    };
    const agreed = await consent(plan, options, readSide.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const facts = { ...agreed.value, act, payment: null, details: { id } };
    const done = await onRecord(readSide, facts, async () => {
      const code = await run(readSide, message);
      const aside = code === EXIT.ok ? await readSide.kafkaCommands.dismiss(id) : null;
      const value = aside?.isErr() ? await fail(aside.error) : code;
      const ended = value === EXIT.ok ? 'done' : value === EXIT.fault ? 'fault' : 'refused';
      return {
        outcome: ended,
        result: `message ${id}: ${value === EXIT.ok ? outcome : 'left'}`,
        value,
      };
    });
    if (done.isErr()) return fail(done.error);
    if (done.value !== EXIT.ok) return done.value;
    const document: ParkedDoneDocument = { outcome, id };
    if (options.json) await printJson(document);
    else await print(`Message ${id} is ${outcome}.`);
    return EXIT.ok;
  });
}
