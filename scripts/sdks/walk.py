"""A hold's whole way with stripe-python on the sandbox. Run by scripts/sandbox-sdks.mjs."""

import hashlib
import hmac
import json
import os
import time
import urllib.request

import stripe

stripe.api_key = 'sk_test_sdk'
stripe.api_base = os.environ['SANDBOX_URL']
stripe.max_network_retries = 0


def refused(kind, code, act):
    try:
        act()
    except kind as error:
        assert error.code == code, f'{error.code} instead of {code}'
        return error
    raise AssertionError(f'{kind.__name__} was expected')


customer = stripe.Customer.create(email='a@campus.example', metadata={'clerk_user_id': 'user_1'})
card = stripe.PaymentMethod.attach('pm_card_visa', customer=customer.id)
stripe.Customer.modify(customer.id, invoice_settings={'default_payment_method': card.id})
# Until 2026-09-30 the parameter had another name.
older = stripe.api_version < '2026-09-30'
types = 'payment_method_types' if older else 'allowed_payment_method_types'
hold = {
    'amount': 2098, 'currency': 'usd', 'customer': customer.id, 'payment_method': card.id,
    'capture_method': 'manual', 'confirm': True, types: ['card'], 'expand': ['latest_charge'],
}
held = stripe.PaymentIntent.create(**hold, idempotency_key='walk-1')
assert held.status == 'requires_capture'
assert held.latest_charge.payment_method_details.card.capture_before > time.time()
assert stripe.PaymentIntent.create(**hold, idempotency_key='walk-1').id == held.id
other = {**hold, 'amount': 2099}
refused(stripe.IdempotencyError, None,
        lambda: stripe.PaymentIntent.create(**other, idempotency_key='walk-1'))
assert stripe.PaymentIntent.capture(held.id, amount_to_capture=2000).amount_received == 2000
refund = stripe.Refund.create(payment_intent=held.id, amount=500, reason='requested_by_customer')
assert refund.status == 'succeeded'
account = stripe.Account.create(type='express', capabilities={'transfers': {'requested': True}})
assert account.capabilities.transfers == 'inactive'
transfer = {
    'amount': 1500, 'currency': 'usd', 'destination': account.id,
    'source_transaction': held.latest_charge.id,
}
refused(stripe.InvalidRequestError, 'insufficient_capabilities_for_transfer',
        lambda: stripe.Transfer.create(**transfer))
link = stripe.AccountLink.create(account=account.id, type='account_onboarding')
urllib.request.urlopen(link.url.replace('?', '/finish?'), data=b'').close()
sent = stripe.Transfer.create(**transfer)
assert stripe.Transfer.create_reversal(sent.id, amount=400).transfer == sent.id
assert stripe.Transfer.retrieve(sent.id).amount_reversed == 400
assert stripe.Balance.retrieve(stripe_account=account.id).available[0].amount == 1100
types = [each.type for each in stripe.BalanceTransaction.list(limit=10).auto_paging_iter()]
assert types == ['transfer_refund', 'transfer', 'refund', 'charge'], types
for _ in range(3):
    again = stripe.PaymentIntent.create(**hold)
    assert stripe.PaymentIntent.cancel(again.id).status == 'canceled'
pages = stripe.PaymentIntent.list(customer=customer.id, limit=2)
assert len(list(pages.auto_paging_iter())) == 4
declined = {**hold, 'customer': None, 'payment_method': 'pm_card_visa_chargeDeclined'}
error = refused(stripe.CardError, 'card_declined', lambda: stripe.PaymentIntent.create(**declined))
assert error.error.decline_code == 'generic_decline'
refused(stripe.InvalidRequestError, 'parameter_unknown',
        lambda: stripe.PaymentIntent.create(**hold, nonsense=1))
refused(stripe.InvalidRequestError, 'sandbox_not_implemented',
        lambda: stripe.Payout.create(amount=1, currency='usd'))
payload = json.dumps(stripe.Event.list(limit=1).data[0].to_dict_recursive()
                     if hasattr(stripe.StripeObject, 'to_dict_recursive')
                     else stripe.Event.list(limit=1).data[0].to_dict())
now = int(time.time())
signed = hmac.new(b'whsec_walk', f'{now}.{payload}'.encode(), hashlib.sha256).hexdigest()
event = stripe.Webhook.construct_event(payload, f't={now},v1={signed}', 'whsec_walk')
print(f'stripe-python {stripe.VERSION if hasattr(stripe, "VERSION") else ""} '
      f'({stripe.api_version}): held, captured, refunded, transferred, reversed, '
      f'canceled, refused; {event.type}')
