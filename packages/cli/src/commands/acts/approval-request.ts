import type { ReadSide } from '@campusg-pay/adapters';
import type { ApprovalRequest } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson } from '../../terminal/output.js';
import type { RequestedDocument } from '../../wording/documents.js';
import type { ActOptions, Consent } from '../consent.js';
import { endAs, fail, refused } from '../endings.js';

/** Asks a second person for an act, and tells the number of the request. */
export async function requestApproval(
  { approvals, clock }: Pick<ReadSide, 'approvals' | 'clock'>,
  wanted: Omit<ApprovalRequest, 'requestedBy' | 'reason' | 'requestedAt'>,
  { operator, reason, options }: Consent & { readonly options: ActOptions },
): Promise<number> {
  const by = { requestedBy: operator, reason, requestedAt: clock.now() };
  const asked = await approvals.request({ ...wanted, ...by });
  if (asked.isErr()) return fail(asked.error);
  if (asked.value === null) return endAs(OPEN_ALREADY);
  const number = asked.value;
  const document: RequestedDocument = { outcome: 'requested', approvalId: number };
  if (options.json) await printJson(document);
  else
    await print(
      `Request ${number} waits for somebody else: campusg-pay approvals approve ${number}`,
    );
  return EXIT.asked;
}

const OPEN_ALREADY = refused(
  'request_open',
  'A request for this is open already: campusg-pay approvals list',
);
