import { Router } from 'express';
import { onlyMethods } from '../answers.js';

/** It promises nothing: how the authentication went is told by the status of the order. */
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Back from your bank</title>
<h1>Thank you</h1>
<p>Your bank has answered. The shop knows in a moment how it went; you can close this page.</p>
</html>
`;

/**
 * Where customers come back to from their bank's page when neither their request nor `RETURN_URL` named
 * a place. Stripe adds the client secret to the address: nothing here reads, shows or logs it.
 */
export function returnedRoutes(): Router {
  const router = Router();
  router
    .route('/api/returned')
    .get((_request, response) => {
      response.type('html').send(PAGE);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
