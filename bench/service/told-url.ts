import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens on any free port of this machine and tells whoever started this program the URL. The program
 * ends when that one is gone.
 */
export function listenAndTell(server: Server): void {
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', 1_024, () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ url: `http://127.0.0.1:${port}` });
  });
}
