import type { WaitingEvent } from '@campusg-pay/adapters';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { type Column, table } from '../../terminal/table.js';
import type { WaitingEventDocument } from '../../wording/documents.js';
import { spanOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';
import { withReadSide } from '../session.js';

/** `campusg-pay outbox list` */
export function outboxListCommand(options: {
  readonly limit: number;
  readonly json?: true;
}): Promise<number> {
  return withReadSide(async (readSide) => {
    const found = await readSide.backlog.waitingEvents({ after: 0, limit: options.limit });
    if (found.isErr()) return fail(found.error);
    const now = readSide.clock.now();
    if (options.json) for (const event of found.value) await printJsonLine(documentOf(event));
    else if (found.value.length > 0) {
      await print(table(columns(now), found.value, terminalWidth()));
    }
    if (found.value.length === 0) tell('Everything is published.');
    return EXIT.ok;
  });
}

function documentOf({ since, ...event }: WaitingEvent): WaitingEventDocument {
  return { ...event, since: since.toISOString() };
}

function columns(now: Date): readonly Column<WaitingEvent>[] {
  return [
    { title: 'NO.', value: ({ position }) => String(position), align: 'right' },
    { title: 'EVENT', value: ({ type }) => type ?? 'reply' },
    { title: 'ORDER', value: ({ orderId }) => orderId, least: 12 },
    { title: 'PAYMENT', value: ({ paymentId }) => paymentId ?? '', least: 9, spare: 1 },
    { title: 'VERSION', value: ({ version }) => String(version ?? ''), align: 'right' },
    { title: 'WAITS', value: ({ since }) => spanOf(now.getTime() - since.getTime()) },
    { title: 'REPLAY', value: ({ replay }) => (replay ? 'yes' : ''), spare: 2 },
  ];
}
