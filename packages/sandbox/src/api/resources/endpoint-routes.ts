import { err, type Result } from 'neverthrow';
import { type Failure, missing } from '../../model/failure.js';
import { newId } from '../../state/ids.js';
import type { EndpointRecord } from '../../state/records.js';
import { change, type World } from '../../state/world.js';
import {
  blankEndpoint,
  type EndpointFields,
  endpointWith,
  isHttpUrl,
} from '../../webhooks/endpoint.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { found, type Route, route } from '../route.js';

function readFields(params: Reader): EndpointFields {
  // Every version is taken, but events always have the one shape that the sandbox knows.
  params.ignore('api_version');
  const url = params.text('url');
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    params.refuse(
      'Invalid URL: An explicit scheme (such as https) must be provided.',
      'url',
      'url_invalid',
    );
  } else if (url !== undefined && !isHttpUrl(url)) {
    params.refuse('Not a valid URL', 'url', 'url_invalid');
  }
  return {
    url,
    enabledEvents: params.list('enabled_events'),
    description: params.clearable('description'),
    metadata: params.metadata(),
    disabled: params.boolean('disabled'),
  };
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
      const connect = params.boolean('connect') ?? false;
      const fields = readFields(params);
      if (fields.enabledEvents === undefined) params.required('enabled_events');
      return { fields, connect };
    },
    run: (world, { fields, connect }) =>
      endpointWith({ ...blankEndpoint(world, newId('we')), connect }, fields).map((record) => {
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
        .andThen((endpoint) => endpointWith(endpoint, fields))
        .map((record) => shown(change(world, 'webhook_endpoint', { record, to: {} }))),
  }),
  route('DELETE', `${PATH}/:endpoint`, {
    read: () => ({}),
    run: (world, _params, { endpoint: id }) =>
      existing(world, id).map((record) =>
        shown(change(world, 'webhook_endpoint', { record, to: { deleted: true } })),
      ),
  }),
];
