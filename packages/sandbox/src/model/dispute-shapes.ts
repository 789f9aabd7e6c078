import type Stripe from 'stripe';
import type { DisputeRecord } from '../state/records.js';
import { holdsFunds } from './dispute.js';
import { testCardOf } from './test-cards.js';

/** How long Stripe waits for evidence depends on the card's network; a week is the least. */
const EVIDENCE_SECONDS = 7 * 86_400;

/** The sandbox takes no evidence. */
const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

export function renderDispute(dispute: DisputeRecord): Stripe.Dispute {
  const { brand } = testCardOf(dispute);
  return {
    id: dispute.id,
    object: 'dispute',
    amount: dispute.amount,
    balance_transactions: [],
    charge: dispute.charge,
    created: dispute.created,
    currency: dispute.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: dispute.created + EVIDENCE_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: !holdsFunds(dispute),
    livemode: false,
    metadata: {},
    payment_intent: dispute.intent,
    payment_method_details: {
      card: {
        brand,
        case_type: dispute.status.startsWith('warning_') ? 'inquiry' : 'chargeback',
        network: brand,
        network_reason_code: null,
      },
      type: 'card',
    },
    reason: dispute.reason,
    status: dispute.status,
  };
}
