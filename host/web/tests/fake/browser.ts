import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { Command, Hello } from '@weft/client';
import type { FakeNode } from './node.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:";
export const FAKE_ORIGIN = 'http://fake.test';

/** Serves the built pages and the wire of `node` to a browser without any port. */
export async function serveFake(context: BrowserContext, node: FakeNode): Promise<void> {
  const dist = new URL('../../dist', import.meta.url);
  const later = new Date(Date.now() + 30 * 86_400_000).toISOString();
  await context.route(`${FAKE_ORIGIN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const json = (body: unknown, status = 200): Promise<void> => route.fulfill({ status, json: body });
    if (pathname === '/v1/visitors') {
      return json(
        {
          ...node.newVisitor(),
          tenant: { id: 'T', slug: 'tea', name: 'Leaf & Kettle' },
          expires_at: later,
        },
        201,
      );
    }
    if (pathname === '/v1/auth/login') return json({ access_token: 'agent', refresh_token: 'r', expires_at: later });
    if (pathname === '/v1/me')
      return json({ ...node.agent, status: node.status, tenant: { slug: 'tea', name: 'Leaf & Kettle' } });
    if (pathname.endsWith('/decisions')) return json({ items: [decision(node)] });
    if (pathname.startsWith('/v1/')) return json({ items: [], next: null });
    const file = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    try {
      const body = await readFile(dist.pathname + file);
      return await route.fulfill({
        body,
        contentType: TYPES[extname(file)] ?? '',
        headers: { 'content-security-policy': CSP },
      });
    } catch {
      return route.fulfill({ status: 404 });
    }
  });
  await context.routeWebSocket(`${FAKE_ORIGIN.replace('http', 'ws')}/v1/socket`, (socket) => {
    let live: ReturnType<FakeNode['connect']> | undefined;
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text)) as Hello | (Command & { id: string });
      if (frame.type === 'hello') live = node.connect(frame, (event) => socket.send(JSON.stringify(event)));
      else if (live) node.handle(live, frame);
    });
    socket.onClose(() => live && node.disconnect(live));
  });
}

function decision(node: FakeNode): object {
  return {
    id: '01K000000000000000DEC1S10N',
    at: new Date().toISOString(),
    action: 'assign',
    agent: node.agent,
    reasons: [
      { code: 'least-busy', detail: '1 of 3 places taken; the others have 2 or more' },
      { code: 'language', detail: 'speaks en' },
    ],
    plugin: { name: 'least-busy', version: '1.0.0', digest: '9f2c41d07a6be2b1' },
    rung: 'active',
    epoch: 3,
    fuel: 38412,
    candidates: 4,
  };
}
