import type { Result } from 'neverthrow';
import type { Failure } from '../model/failure.js';
import { type MetadataPatch, patchMetadata } from '../model/metadata.js';
import { randomText } from '../state/ids.js';
import type { EndpointRecord } from '../state/records.js';
import { change, stamp, type World } from '../state/world.js';

/** The endpoint that the option `webhook` and `setEndpoint` stand for. */
const DEFAULT_ENDPOINT = 'we_sandbox';

/** The one that its part `connect` stands for. */
const CONNECT_ENDPOINT = 'we_sandbox_connect';

/** Both, of which either may be missing. */
export const OWN_ENDPOINTS = [DEFAULT_ENDPOINT, CONNECT_ENDPOINT];

/** Where events go, and the secrets that sign them. */
export interface EndpointSettings extends EndpointAddress {
  /**
   * Where the events of connected accounts go (`account.updated`).
   *
   * @default nowhere: they are only listed
   */
  readonly connect?: EndpointAddress;
}

/** Where events go, and the secret that signs them. */
export interface EndpointAddress {
  /** Where events are posted to; `http:` or `https:`. */
  readonly url: string;
  /** What signs them; Stripe's begin with `whsec_`, here any text does. */
  readonly secret: string;
}

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Makes the own endpoints be these; null removes them. Throws on a URL that nobody can post to. */
export function setDefaultEndpoint(world: World, settings: EndpointSettings | null): void {
  const { connect, ...own } = settings ?? {};
  for (const { url } of [settings, connect].filter((each) => each != null)) {
    if (!isHttpUrl(url)) throw new Error('the url of a webhook must be an http or https URL');
  }
  setOwn(world, DEFAULT_ENDPOINT, settings === null ? null : own);
  setOwn(world, CONNECT_ENDPOINT, connect === undefined ? null : { ...connect, connect: true });
}

function setOwn(world: World, id: string, to: Partial<EndpointRecord> | null): void {
  const before = world.store.get('webhook_endpoint', id);
  if (to !== null) {
    const record = before ?? blankEndpoint(world, id);
    change(world, 'webhook_endpoint', { record, to: { ...to, deleted: false } });
  } else if (before !== undefined) {
    change(world, 'webhook_endpoint', { record: before, to: { deleted: true } });
  }
}

export function blankEndpoint(world: World, id: string): EndpointRecord {
  return {
    id,
    ...stamp(world, 'webhook_endpoint'),
    url: '',
    secret: `whsec_${randomText(32)}`,
    enabledEvents: ['*'],
    enabled: true,
    description: null,
    metadata: {},
    deleted: false,
  };
}

/** What a request gives of an endpoint: undefined leaves a field as it is. */
export interface EndpointFields {
  readonly url: string | undefined;
  readonly enabledEvents: readonly string[] | undefined;
  readonly description: string | null | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly disabled: boolean | undefined;
}

export function endpointWith(
  endpoint: EndpointRecord,
  fields: EndpointFields,
): Result<EndpointRecord, Failure> {
  return patchMetadata(endpoint.metadata, fields.metadata).map((metadata) => ({
    ...endpoint,
    url: fields.url ?? endpoint.url,
    enabledEvents: fields.enabledEvents ?? endpoint.enabledEvents,
    description: fields.description === undefined ? endpoint.description : fields.description,
    enabled: fields.disabled === undefined ? endpoint.enabled : !fields.disabled,
    metadata,
  }));
}
