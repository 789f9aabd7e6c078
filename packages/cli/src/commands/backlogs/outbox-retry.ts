import type { ReadSide } from '@campusg-pay/adapters';
import { onRecord } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, tell } from '../../terminal/output.js';
import type { DrainedDocument } from '../../wording/documents.js';
import { type ActOptions, consent } from '../consent.js';
import { fail, tellWhy } from '../endings.js';
import { withRecords } from '../session.js';

/** `campusg-pay outbox retry` */
export function outboxRetryCommand(
  options: ActOptions & { readonly seconds: number },
): Promise<number> {
  return withRecords(async (readSide, ending) => {
    if (readSide.config.kafka === null) return fail({ type: 'NoKafka' });
    const backlog = await readSide.outboxBacklog();
    if (backlog.isErr()) return fail(backlog.error);
    const waiting = backlog.value.rows;
    if (waiting === 0) {
      if (options.json) await printJson({ outcome: 'done', before: 0, left: 0 });
      tell('Nothing waits to be published.');
      return EXIT.ok;
    }
    const { brokers, eventsTopic } = readSide.config.kafka;
    const question = `Publish ${waiting} waiting events from here`;
    const plan = {
      question,
      consequences: [
        `${question}, in the order of each order's events:`,
        `  to        ${eventsTopic} at ${brokers.join(', ')}`,
        '  beside    Services that publish keep their share; those that hang lose nothing.',
        '  twice     An event may be published twice if this is interrupted.',
      ],
      facts: { act: 'outbox.retry', waiting },
    };
    const agreed = await consent(plan, options, readSide.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const facts = { ...agreed.value, act: 'outbox.retry', payment: null, details: { waiting } };
    const done = await onRecord(readSide, facts, () =>
      drain(readSide, { before: waiting, seconds: options.seconds, ending }),
    );
    if (done.isErr()) return fail(done.error);
    const { code, ...told } = done.value;
    if (options.json) await printJson(told);
    else await print(`${told.left === 0 ? 'Everything is' : `${told.left} are not`} published.`);
    return code;
  });
}

async function drain(
  readSide: ReadSide,
  wanted: { readonly before: number; readonly seconds: number; readonly ending: AbortSignal },
) {
  const { before, seconds, ending } = wanted;
  const told = (outcome: DrainedDocument['outcome'], left: number, code: number) => ({
    outcome: outcome === 'done' ? ('done' as const) : ('fault' as const),
    result: `${before} waited, ${left} still do`,
    value: { outcome, before, left, code },
  });
  const left = await readSide.drain({ withinMs: seconds * 1000, ending });
  if (left.isErr()) return told('fault', before, tellWhy(left.error));
  if (left.value === 0) return told('done', 0, EXIT.ok);
  if (ending.aborted) return told('interrupted', left.value, EXIT.interrupted);
  tell('Kafka did not take them in time: campusg-pay doctor says whether it can be reached.');
  return told('fault', left.value, EXIT.fault);
}
