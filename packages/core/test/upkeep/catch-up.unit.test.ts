import { type CaughtUp, createEscrow } from '@campusg-pay/core';
import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';

/** Customers who have authenticated, and of whom no webhook has told. */
async function unheard(orders: number) {
  const system = memorySystem();
  const since = system.clock.now();
  const ids = Array.from({ length: orders }, (_, index) => `order-${index}`);
  for (const orderId of ids) {
    await system.escrow.authorize(
      system.authorizing({ orderId, paymentMethodId: CARDS.needsAuthentication }),
    );
    system.gateway.customer.approve(system.gateway.intentsOf(orderId)[0]?.paymentIntentId ?? '');
  }
  const statuses = () => new Set(system.store.payments().map(({ status }) => status));
  return { ...system, since, statuses };
}

describe('catching up', () => {
  it('takes in the webhooks that never came', async () => {
    const { escrow, since, statuses } = await unheard(2);
    expect(statuses()).toEqual(new Set(['INITIATING']));
    const caught = (await escrow.catchUp({ since, after: null }))._unsafeUnwrap();
    expect(caught).toMatchObject({ changed: 2, next: null, bugs: [] });
    expect(statuses()).toEqual(new Set(['AUTHORIZED']));
  });

  it('goes through all of them, page by page', async () => {
    const { escrow, since, statuses, gateway } = await unheard(12);
    let events = 0;
    for (let after: string | null = null; ; ) {
      const caught: CaughtUp = (await escrow.catchUp({ since, after }))._unsafeUnwrap();
      events += caught.events;
      after = caught.next;
      if (after === null) break;
    }
    expect(events).toBe(gateway.webhooks.length);
    expect(statuses()).toEqual(new Set(['AUTHORIZED']));
  });

  it('changes nothing by those that did come', async () => {
    const { escrow, since, deliver, store } = await unheard(2);
    await deliver();
    const before = store.payments();
    const caught = (await escrow.catchUp({ since, after: null }))._unsafeUnwrap();
    expect(caught.changed).toBe(0);
    expect(store.payments()).toEqual(before);
  });

  it('leaves out what is older than wanted', async () => {
    const { escrow, clock } = await unheard(2);
    await clock.advance(1000);
    const caught = await escrow.catchUp({ since: clock.now(), after: null });
    expect(caught._unsafeUnwrap().events).toBe(0);
  });

  it('says so when Stripe is away, and takes them in the next time', async () => {
    const { escrow, since, statuses, gateway } = await unheard(1);
    gateway.befall('missedEvents', { type: 'unreachable' });
    const first = await escrow.catchUp({ since, after: null });
    expect(first._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
    await escrow.catchUp({ since, after: null });
    expect(statuses()).toEqual(new Set(['AUTHORIZED']));
  });

  it('takes them in from the oldest on', async () => {
    const { ports, gateway, since } = await unheard(2);
    const seen: string[] = [];
    const inbox: typeof ports.inbox = {
      ...ports.inbox,
      seen: (id) => {
        seen.push(id);
        return ports.inbox.seen(id);
      },
    };
    await createEscrow({ ...ports, inbox }).catchUp({ since, after: null });
    expect(seen).toEqual(gateway.webhooks.map(({ event }) => event.id));
    expect(seen).toHaveLength(4);
  });

  it('goes on where one of them meets a bug, and tells which', async () => {
    const { ports, gateway, since, statuses } = await unheard(2);
    const bug = new Error('bug');
    const [first] = gateway.webhooks;
    const inbox: typeof ports.inbox = {
      ...ports.inbox,
      seen: async (id) => {
        if (id === first?.event.id) throw bug;
        return ports.inbox.seen(id);
      },
    };
    const caught = await createEscrow({ ...ports, inbox }).catchUp({ since, after: null });
    expect(caught._unsafeUnwrap()).toEqual({
      events: 4,
      unreadable: 0,
      changed: 2,
      next: null,
      bugs: [{ eventId: first?.event.id, error: bug }],
    });
    expect(statuses()).toEqual(new Set(['AUTHORIZED']));
  });

  it('says so when the database is away', async () => {
    const { escrow, ports, since, statuses } = await unheard(1);
    const away = { type: 'DatabaseUnavailable', reason: 'gone' } as const;
    Object.assign(ports.repository, { save: async () => err(away) });
    const caught = await escrow.catchUp({ since, after: null });
    expect(caught._unsafeUnwrapErr()).toEqual(away);
    expect(statuses()).toEqual(new Set(['INITIATING']));
  });
});
