/** Why a webhook was not taken in. Nothing was changed. */
export type WebhookRefusal =
  | { readonly type: 'NoWebhookSecret' }
  | { readonly type: 'BadSignature' }
  | { readonly type: 'TooOld' }
  | { readonly type: 'FromTheFuture' }
  | { readonly type: 'NotAnEvent' };
