import {
  COMMAND_TYPES,
  type CommandType,
  type Currency,
  type Installation,
  type Issue,
  type ParsedCommand,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { authorizeOf, readAuthorize } from './authorize-request.js';
import { ownPaymentIdOf, ownRefundIdOf } from './payment-id.js';
import { namedRefund, readReleasePayload, readRevertPayload } from './payment-requests.js';
import { authorizeBody, ID_LENGTH, issuesOf, pathId, readId } from './schemas.js';

export const authorizePayload = authorizeBody.extend({
  order_id: pathId.meta({ ...ID_LENGTH, description: 'The order to hold for.' }),
});

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
    isNamed = true,
  }: {
    readonly correlationId: string;
    /** Whether the caller has chosen that id, so that a repeat has the same. Left out: yes. */
    readonly isNamed?: boolean;
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
      return readReleasePayload(payload).map(({ paymentId, terms }) => ({
        type,
        command: { payment: { paymentId }, ...terms, correlationId },
      }));
    case 'revert_payment':
      return readRevertPayload(payload).map(({ paymentId, terms }) => {
        const refundId = ownRefundIdOf(installation, DOOR, correlationId);
        const named = isNamed ? namedRefund(terms, refundId) : terms;
        return { type, command: { payment: { paymentId }, ...named, correlationId } };
      });
  }
}

/** No API key has a colon in its name, so that this caller is nobody else. */
const DOOR = 'kafka:commands';

function fieldOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
}
