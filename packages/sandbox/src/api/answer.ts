import type { Kind, Records, Subject } from '../state/records.js';

/** What a route answers with status 200. */
export type RouteAnswer =
  | { readonly type: 'object'; readonly subject: Subject; readonly extra?: object }
  | {
      readonly type: 'list';
      readonly url: string;
      readonly data: readonly Subject[];
      readonly hasMore: boolean;
    }
  | { readonly type: 'raw'; readonly body: object };

/** The answer that shows one record. */
export function showing<K extends Kind>(kind: K, record: Records[K]): RouteAnswer {
  return { type: 'object', subject: { kind, record } as Subject };
}
