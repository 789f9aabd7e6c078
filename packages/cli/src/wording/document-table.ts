import { z } from 'zod';
import {
  ACTED,
  APPROVAL,
  ARCHIVED,
  CHECK,
  CONFIGURATION,
  DRAINED,
  DRY_RUN,
  ENDED,
  EXPLAINED,
  OWED_CALL,
  PARKED_COMMAND,
  PARKED_DONE,
  PAYMENT,
  REJECTED,
  REPLAYED,
  REQUESTED,
  RESUMED,
  SHOWN,
  STANDING,
  SYNCED,
  WAITING_EVENT,
} from './documents.js';
import {
  ACCOUNT_SET,
  REFUND,
  RUNNER,
  SHOWN_RUNNER,
  SHOWN_TRANSFER,
  TRANSFER,
} from './money-list-documents.js';
import { DIFFERENCE, FINDING, REPAIRED, RUN } from './reconcile-documents.js';

/** What a command that only tells prints: its document, or why there is none. */
const told = <Document extends z.ZodType>(document: Document) => z.union([document, ENDED]);

/** What an act prints: its own document, what it would do, or why it did nothing. */
const act = <Done extends z.ZodType>(done: Done) => z.union([done, DRY_RUN, ENDED]);

const ACT_OF_MONEY = z.union([ACTED, REQUESTED]);

/** Which document each command prints with `--json`; those that list print one a line. */
export const DOCUMENTS: Readonly<Record<string, z.ZodType>> = {
  'payments list': told(PAYMENT),
  'payments show': told(SHOWN),
  'payments release': act(ACT_OF_MONEY),
  'payments revert': act(ACT_OF_MONEY),
  'payments reviewed': act(ACTED),
  explain: told(EXPLAINED),
  status: told(STANDING),
  'approvals list': told(APPROVAL),
  'approvals approve': act(z.union([ACTED, ACCOUNT_SET])),
  'approvals reject': act(REJECTED),
  'transfers list': told(TRANSFER),
  'transfers show': told(SHOWN_TRANSFER),
  'transfers send': act(ACT_OF_MONEY),
  'transfers pause': act(ACTED),
  'transfers resume': act(ACT_OF_MONEY),
  'runners list': told(RUNNER),
  'runners show': told(SHOWN_RUNNER),
  'runners set-account': act(z.union([ACCOUNT_SET, REQUESTED])),
  'refunds list': told(REFUND),
  'operations list': told(OWED_CALL),
  'operations resume': act(RESUMED),
  'outbox list': told(WAITING_EVENT),
  'outbox retry': act(DRAINED),
  'commands parked list': told(PARKED_COMMAND),
  'commands parked retry': act(PARKED_DONE),
  'commands parked drop': act(PARKED_DONE),
  'events replay': act(REPLAYED),
  'webhooks sync': act(SYNCED),
  archive: act(ARCHIVED),
  reconcile: told(FINDING),
  'reconcile show': told(FINDING),
  'reconcile apply': act(REPAIRED),
  'reconcile history': told(RUN),
  'reconcile diff': told(DIFFERENCE),
  doctor: told(CHECK),
  config: told(CONFIGURATION),
};
