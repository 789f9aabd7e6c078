import type { GatewayReply, IntentSnapshot } from '@campusg-pay/core';
import type { MemoryGateway } from '@campusg-pay/core/testing';

/** The same gateway, but whatever it answers of a PaymentIntent says this, too. */
export function answering(gateway: MemoryGateway, fact: Partial<IntentSnapshot>): MemoryGateway {
  const saying = <Reply extends GatewayReply | null>(reply: Reply): Reply => {
    if (reply?.report.type !== 'intent') return reply;
    const intent = { ...reply.report.intent, ...fact };
    const action = intent.status === 'requires_action' ? reply.action : null;
    return { ...reply, action, report: { ...reply.report, intent } };
  };
  return {
    ...gateway,
    perform: async (call) => (await gateway.perform(call)).map(saying),
    retrieve: async (id) => (await gateway.retrieve(id)).map(saying),
  };
}
