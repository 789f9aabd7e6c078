/** What `/v1/...` begins with at Stripe (API 2026-10-28.endive), whether built here or not. */
const RESOURCES = new Set(
  `
  account account_links account_sessions accounts apple_pay application_fees apps balance
  balance_settings balance_transactions billing billing_portal charges checkout climate
  confirmation_tokens country_specs coupons credit_notes customer_sessions customers disputes
  entitlements ephemeral_keys events exchange_rates file_links files financial_connections
  forwarding identity invoice_payments invoice_rendering_templates invoiceitems invoices issuing
  linked_accounts mandates payment_attempt_records payment_intents payment_links
  payment_method_configurations payment_method_domains payment_methods payment_records payouts
  plans prices product_catalog products promotion_codes quotes radar refunds reporting reviews
  setup_attempts setup_intents shipping_rates sigma sources subscription_items
  subscription_schedules subscriptions tax tax_codes tax_ids tax_rates terminal test_helpers
  tokens topups transfers treasury webhook_endpoints
  `
    .trim()
    .split(/\s+/),
);

/** Whether Stripe has something there, as far as the path's beginning tells. */
export function isOfStripe(method: string, path: string): boolean {
  const [, version, resource = ''] = path.split('/');
  const isCall = method === 'GET' || method === 'POST' || method === 'DELETE';
  return isCall && version === 'v1' && RESOURCES.has(resource);
}
