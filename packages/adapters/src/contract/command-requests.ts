import {
  COMMAND_TYPES,
  type CommandType,
  type Currency,
  type Installation,
  type Issue,
  type ParsedCommand,
  type StatedMoney,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';
import { authorizeOf, readAuthorize } from './authorize-request.js';
import { ownPaymentIdOf } from './payment-id.js';
import { readWithMoney } from './payment-requests.js';
import { authorizeBody, issuesOf, pathId, readId, revertBody } from './schemas.js';

const paymentId = pathId.meta({ minLength: 1, maxLength: 200, description: 'The payment.' });

export const authorizePayload = authorizeBody.extend({
  order_id: pathId.meta({ minLength: 1, maxLength: 200, description: 'The order to hold for.' }),
});

export const releasePayload = z.object({
  payment_id: paymentId,
  runner_id: pathId.meta({
    minLength: 1,
    maxLength: 200,
    description: 'Whose delivery it was: written down, not paid yet.',
  }),
  runner_connect_account_id: z
    .unknown()
    .optional()
    .meta({ description: 'Accepted and not used yet: no money is sent on to runners.' }),
});

/** The same over HTTP, where the path names the payment. */
export const compatReleaseBody = releasePayload.omit({ payment_id: true });

export const revertPayload = revertBody.extend({ payment_id: paymentId });

/** Whether this is a command that we know. */
export function isCommandType(type: string): type is CommandType {
  return (COMMAND_TYPES as readonly string[]).includes(type);
}

/**
 * Reads the payload of a command by the rules of HTTP bodies; the issues name every field that
 * breaks its rule. `fallback` is the currency of a payload that names none.
 */
export function readCommand(
  type: CommandType,
  payload: unknown,
  {
    correlationId,
    fallback,
    installation,
  }: {
    readonly correlationId: string;
    readonly fallback: Currency;
    readonly installation: Installation;
  },
): Result<ParsedCommand, Issue[]> {
  switch (type) {
    case 'authorize_payment': {
      const orderId = readId('order_id', fieldOf(payload, 'order_id'));
      const hold = readAuthorize(payload, fallback);
      if (orderId.isErr() || hold.isErr()) return err([...issuesOf(orderId), ...issuesOf(hold)]);
      const about = {
        orderId: orderId.value,
        correlationId,
        ownPaymentId: ownPaymentIdOf(installation, DOOR, correlationId),
      };
      return ok({ type, command: authorizeOf(hold.value, about) });
    }
    case 'release_payment':
      return readWithMoney(releasePayload, payload).map(
        ({ payment_id: paymentId, runner_id: runnerId, stated }) => ({
          type,
          command: { payment: { paymentId }, runnerId, ...saying(stated), correlationId },
        }),
      );
    case 'revert_payment':
      return readWithMoney(revertPayload, payload).map(
        ({ payment_id: paymentId, reason, stated }) => ({
          type,
          command: { payment: { paymentId }, reason, ...saying(stated), correlationId },
        }),
      );
  }
}

/** Not there where nothing is said, so that the command reads as it always did. */
function saying(stated: readonly StatedMoney[] | undefined) {
  return stated === undefined ? {} : { stated };
}

/** No API key has a colon in its name, so that this caller is nobody else. */
const DOOR = 'kafka:commands';

function fieldOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
}
