import type { Result } from 'neverthrow';
import type { GatewayFault } from '../gateway/gateway-answer.js';
import type { GatewayReply } from '../gateway/payment-gateway.js';
import type { Report } from '../gateway/report.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts } from '../ports.js';
import type { ReversalOperation, TransferOperation } from './operation.js';

/** The transfer or the reversal that a call has made and whose answer was lost; null for none. */
export async function findSent(
  { gateway, installation }: EscrowPorts,
  payment: Payment,
  operation: TransferOperation | ReversalOperation,
): Promise<Result<GatewayReply | null, GatewayFault>> {
  const { key: operationKey } = operation;
  if (operation.kind === 'reversal') {
    const { stripeTransferId } = operation.params;
    const found = await gateway.findReversal({ stripeTransferId, operationKey });
    return found.map((outcome) =>
      outcome === null ? null : replyOf({ type: 'reversal', operationKey, outcome }),
    );
  }
  const { transferId } = operation.params;
  const wanted = { payment, transferId, installation: installation.id };
  const found = await gateway.findTransfer(wanted);
  return found.map((transfer) =>
    transfer === null
      ? null
      : replyOf({ type: 'transfer', operationKey, outcome: { type: 'sent', transfer } }),
  );
}

function replyOf(report: Report): GatewayReply {
  return { report, action: null };
}
