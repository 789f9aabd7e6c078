import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface UserConnection {
  /** Sends one whole request and reads its answer; one at a time. */
  ask(request: string): Promise<Answer>;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection that stays open, as a user of a service has it. It knows as little of HTTP as it needs,
 * so that sending load costs a fraction of what answering costs.
 */
export function openConnection(url: string): Promise<UserConnection> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(speaking(socket));
    });
  });
}

function speaking(socket: Socket): UserConnection {
  let waiting: Waiting | null = null;
  let came = '';
  const end = (why: string) => {
    waiting?.reject(new Error(why));
    waiting = null;
  };
  socket.on('error', (error) => end(error.message));
  socket.on('close', () => end('the connection was closed'));
  // One letter a byte, so that lengths in bytes hold.
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    came += chunk;
    const answer = whole(came);
    if (answer === null || waiting === null) return;
    const { resolve } = waiting;
    came = '';
    waiting = null;
    resolve(answer);
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** The answer, once all of it is there. */
function whole(came: string): Answer | null {
  const end = came.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = came.slice(0, end);
  const body = came.slice(end + 4);
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  const isWhole = length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
  return isWhole ? { status: Number(head.slice(9, 12)), body } : null;
}
