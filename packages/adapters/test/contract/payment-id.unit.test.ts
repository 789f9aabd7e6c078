import { INSTALLATION } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { ownPaymentIdOf } from '../../src/contract/payment-id.js';

const here = (caller: string, key: string) => ownPaymentIdOf(INSTALLATION, caller, key);

describe('the id of the one payment that a request may make', () => {
  it('is the same for the same request, and a UUID', () => {
    expect(here('shop', 'checkout-1')).toEqual(here('shop', 'checkout-1'));
    expect(here('shop', 'checkout-1').id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]/);
  });

  it('is another for another key, caller and installation', () => {
    const elsewhere = { id: 'inst_elsewhere', namedSince: null };
    const ids = [
      here('shop', 'checkout-1'),
      here('shop', 'checkout-2'),
      here('kafka:commands', 'checkout-1'),
      ownPaymentIdOf(elsewhere, 'shop', 'checkout-1'),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  it('tells the former one only where payments were made under it', () => {
    expect(here('shop', 'checkout-1').formerId).toBeNull();
    const upgraded = { id: INSTALLATION.id, namedSince: new Date() };
    const { id, formerId } = ownPaymentIdOf(upgraded, 'shop', 'checkout-1');
    expect(id).toBe(here('shop', 'checkout-1').id);
    // As the release before made it.
    expect(formerId).toBe('48938e3c-d66d-8387-bdd0-fbfb7e1542d4');
  });
});
