import { isOwnFailure } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';

describe('a failure', () => {
  it.each([
    'authentication_abandoned',
    'never_reached_stripe',
    'payment_intent_canceled',
    'payment_method_required',
  ])('%s was found by us', (code) => {
    expect(isOwnFailure(code)).toBe(true);
  });

  it.each(['card_declined', 'payment_intent_authentication_failure', ''])(
    '"%s" was told by the gateway',
    (code) => {
      expect(isOwnFailure(code)).toBe(false);
    },
  );
});
