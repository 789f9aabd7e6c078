import {
  invalidRequest,
  issuesOf,
  type Problem,
  problemOf,
  readId,
  readQuery,
  readRunner,
} from '@campusg-pay/adapters/contract';
import { Router } from 'express';
import { answer, onlyMethods, refuse } from '../answers.js';
import { readJson } from '../json-body.js';
import { inPlace, type Places, type Work } from '../load-limit.js';
import { renderRunner } from '../runner-views.js';
import type { ServicePort } from '../service-port.js';

type Runners = Pick<ServicePort, 'escrow'>;

/** Where the money of runners goes, and how they stand with the platform. */
export function runnerRoutes(service: Runners, places: Places): Router {
  const router = Router();
  router
    .route('/api/runners/:runner_id')
    .get(inPlace(places, [], find(service)))
    .put(inPlace(places, readJson, setAccount(service)))
    .all(onlyMethods('GET', 'HEAD', 'PUT'));
  return router;
}

function find({ escrow }: Runners): Work {
  return async (request, response) => {
    const id = readId('runner_id', request.params.runner_id);
    if (id.isErr()) {
      refuse(response, invalidRequest(id.error));
      return;
    }
    const found = await escrow.runner(id.value);
    if (found.isOk()) {
      answer(response, renderRunner(found.value));
      return;
    }
    const { error } = found;
    refuse(response, error.type === 'RunnerNotFound' ? RUNNER_NOT_FOUND : problemOf(error));
  };
}

const RUNNER_NOT_FOUND: Problem = {
  code: 'runner_not_found',
  description:
    'Nobody has told of this runner yet: a release names them, or PUT {"stripeAccount": "acct_..."} here.',
};

function setAccount({ escrow }: Runners): Work {
  return async (request, response) => {
    const id = readId('runner_id', request.params.runner_id);
    const query = readQuery(request.query);
    const input = readRunner(request.body);
    if (id.isErr() || query.isErr() || input.isErr()) {
      refuse(response, invalidRequest([id, query, input].flatMap(issuesOf)));
      return;
    }
    const { stripeAccount } = input.value;
    const set = await escrow.setRunnerAccount({ runnerId: id.value, stripeAccount });
    if (set.isErr()) refuse(response, problemOf(set.error));
    else answer(response, renderRunner(set.value));
  };
}
