import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

/** Posts signed payloads over kept connections. */
export interface Sender {
  /** Whether the endpoint took it: any 2xx within the time. */
  post(endpoint: { url: string; secret: string }, payload: string): Promise<boolean>;
  close(): void;
}

/** `Stripe-Signature` for a payload: HMAC-SHA256 over `<timestamp>.<payload>`. */
function signature(payload: string, secret: string): string {
  // The receiver checks the age by its own clock, so this is the wall clock, not the sandbox's.
  const timestamp = Math.floor(Date.now() / 1000);
  const mac = createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex');
  return `t=${timestamp},v1=${mac}`;
}

export function createSender(timeoutMs: number): Sender {
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true });
  return {
    post: (endpoint, payload) =>
      new Promise((resolve) => {
        const url = new URL(endpoint.url);
        const tls = url.protocol === 'https:';
        const request = (tls ? https : http).request(url, {
          method: 'POST',
          agent: tls ? secure : plain,
          // Idle time alone would let a trickling answer hold the delivery for ever.
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            'Content-Type': 'application/json; charset=utf-8',
            'Content-Length': Buffer.byteLength(payload),
            'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
            'Stripe-Signature': signature(payload, endpoint.secret),
          },
        });
        request.on('response', (response) => {
          const status = response.statusCode ?? 0;
          response.resume();
          response.on('error', () => undefined);
          response.on('close', () => resolve(response.complete && status >= 200 && status < 300));
        });
        request.on('error', () => resolve(false));
        request.end(payload);
      }),
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}
