import type {
  Announcement,
  CustomerDirectory,
  PaymentRepository,
  RunnerDirectory,
  WebhookInbox,
} from '@campusg-pay/core';

/** What a contract suite runs against. */
export interface ContractPorts {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly runners: RunnerDirectory;
  readonly inbox: WebhookInbox;
  /** All that waits in the outbox, oldest first; others' may be among it. */
  readonly announcements?: () => Promise<readonly Announcement[]>;
}
