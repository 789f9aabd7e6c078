import { err, ok, type Result } from 'neverthrow';
import { type Failure, missing } from '../api/failure.js';
import { listing, readList } from '../api/listing.js';
import { patchMetadata, type Reader } from '../api/reader.js';
import { found, type Route, route, showing } from '../api/routes.js';
import { newId, randomText } from '../model/ids.js';
import type { EndpointRecord } from '../model/records.js';
import { change, stamp, type World } from '../state/world.js';

/** The endpoint that the option `webhook` and `setEndpoint` stand for. */
export const DEFAULT_ENDPOINT = 'we_sandbox';

/** Where events go, and the secret that signs them. */
export interface EndpointSettings {
  readonly url: string;
  readonly secret: string;
}

/** Makes the default endpoint be this one; null removes it. */
export function setDefaultEndpoint(world: World, settings: EndpointSettings | null): void {
  const before = world.store.get('webhook_endpoint', DEFAULT_ENDPOINT);
  if (settings === null) {
    if (before !== undefined) {
      change(world, 'webhook_endpoint', { record: before, to: { deleted: true } });
    }
    return;
  }
  const blank = blankEndpoint(world, DEFAULT_ENDPOINT);
  change(world, 'webhook_endpoint', {
    record: before ?? blank,
    to: { ...settings, deleted: false },
  });
}

function blankEndpoint(world: World, id: string): EndpointRecord {
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

function readFields(params: Reader) {
  params.notBuilt('connect');
  // Every version is taken, but events always have the one shape that the sandbox knows.
  params.ignore('api_version');
  const url = params.text('url');
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    params.refuse(
      'Invalid URL: An explicit scheme (such as https) must be provided.',
      'url',
      'url_invalid',
    );
  }
  return {
    url,
    enabledEvents: params.list('enabled_events'),
    description: params.clearable('description'),
    metadata: params.metadata(),
    disabled: params.boolean('disabled'),
  };
}

function merged(
  endpoint: EndpointRecord,
  fields: ReturnType<typeof readFields>,
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

function existing(world: World, id: string | undefined): Result<EndpointRecord, Failure> {
  const endpoint = found(world, 'webhook_endpoint', { id, param: 'webhook_endpoint' });
  if (endpoint.isErr() || !endpoint.value.deleted) return endpoint;
  return err(missing('webhook_endpoint', { id: id ?? '', param: 'webhook_endpoint', status: 404 }));
}

const PATH = '/v1/webhook_endpoints';
const shown = (endpoint: EndpointRecord) => showing('webhook_endpoint', endpoint);

export const endpointRoutes: readonly Route[] = [
  route('POST', PATH, {
    answers: 'webhook_endpoint',
    read: (params) => {
      if (!params.has('url')) params.required('url');
      const fields = readFields(params);
      if (fields.enabledEvents === undefined) params.required('enabled_events');
      return fields;
    },
    run: (world, fields) =>
      merged(blankEndpoint(world, newId('we')), fields).map((record) => {
        world.store.put('webhook_endpoint', record);
        // The secret is shown this once.
        return { ...shown(record), extra: { secret: record.secret } };
      }),
  }),
  route('GET', PATH, {
    answers: { listOf: 'webhook_endpoint' },
    read: readList,
    run: (world, params) =>
      listing(world, 'webhook_endpoint', { params, url: PATH, keep: (each) => !each.deleted }),
  }),
  route('GET', `${PATH}/:endpoint`, {
    answers: 'webhook_endpoint',
    read: () => ({}),
    run: (world, _params, { endpoint: id }) => existing(world, id).map(shown),
  }),
  route('POST', `${PATH}/:endpoint`, {
    answers: 'webhook_endpoint',
    read: readFields,
    run: (world, fields, { endpoint: id }) =>
      existing(world, id)
        .andThen((endpoint) => merged(endpoint, fields))
        .map((record) => shown(change(world, 'webhook_endpoint', { record, to: {} }))),
  }),
  route('DELETE', `${PATH}/:endpoint`, {
    read: () => ({}),
    run: (world, _params, { endpoint: id }) =>
      existing(world, id).andThen((record) =>
        ok(shown(change(world, 'webhook_endpoint', { record, to: { deleted: true } }))),
      ),
  }),
];
