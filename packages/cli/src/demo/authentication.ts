/**
 * Stands in for the customer on the sandbox's authentication page: reads the page, presses Approve.
 * Answers false for any other page, which only a person can go through.
 */
export async function approveOnSandbox(redirectUrl: string, ending: AbortSignal): Promise<boolean> {
  const page = new URL(redirectUrl);
  // The sandbox's pages live there; any other is not even opened.
  if (!/^\/3ds\/\w+$/.test(page.pathname)) return false;
  const html = await (await fetch(page, { signal: ending })).text();
  const form = formsIn(html).find(({ action }) => action.endsWith('/approve'));
  if (form === undefined) return false;
  const pressed = await fetch(new URL(form.action, page), {
    method: 'POST',
    body: new URLSearchParams([...form.hidden]),
    redirect: 'manual',
    signal: ending,
  });
  return pressed.status < 400;
}

interface Form {
  readonly action: string;
  readonly hidden: ReadonlyMap<string, string>;
}

/** The forms of a page of ours: attributes in any order, in double quotes. */
function formsIn(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, tag = '', inside = '']) => {
    const inputs = [...inside.matchAll(/<input\b([^>]*)>/g)].map(([, input = '']) => input);
    return {
      action: attribute(tag, 'action'),
      hidden: new Map(
        inputs.map((input) => [attribute(input, 'name'), attribute(input, 'value')] as const),
      ),
    };
  });
}

function attribute(tag: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
}
