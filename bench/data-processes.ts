import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a script of this folder to its end; what it prints is its answer, in JSON. */
export async function runScript<Answer>(script: string, wanted: object): Promise<Answer> {
  const child = start(script, wanted);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(text) as Answer;
}

/** Starts a script of this folder that goes on, and prints where it listens. */
export async function processWithUrl(
  script: string,
  wanted: object,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = start(script, wanted);
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return { child, url: (JSON.parse(line.toString()) as { url: string }).url };
}

function start(script: string, wanted: object): ChildProcess {
  const path = new URL(script, import.meta.url).pathname;
  const flags = ['--conditions=@campusg-pay/source', '--import', 'tsx'];
  return spawn(process.execPath, [...flags, path, JSON.stringify(wanted)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
