import { afterEach, expect, test, vi } from 'vitest';
import { Close, connectRest, type WireEvent } from '@weft/client';

afterEach(() => void vi.unstubAllGlobals());

interface Asked {
  method: string;
  path: string;
  body: unknown;
}

/** Runs a REST session against `answer`; a poll without an answer hangs until it is aborted, as a long poll does. */
function run(answer: (asked: Asked) => { status?: number; body?: unknown } | undefined) {
  const asked: Asked[] = [];
  const events: WireEvent[] = [];
  const closed: number[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url);
    const one = {
      method: init.method ?? '',
      path: pathname + search,
      body: JSON.parse((init.body as string) ?? 'null'),
    };
    asked.push(one);
    const given = answer(one);
    if (given) {
      const body = given.body === undefined ? null : JSON.stringify(given.body);
      return Promise.resolve(new Response(body, { status: given.status ?? 200 }));
    }
    return new Promise((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  });
  const hello = { type: 'hello' as const, id: '01', token: 't', client: { name: 'x', version: '0' }, resume: [] };
  const transport = connectRest('http://node')(hello, {
    event: (event) => events.push(event),
    closed: (code) => closed.push(code),
  });
  return { transport, asked, events, closed };
}

const welcome = { status: 201, body: { type: 'welcome', session: 'S' } };

test('events are polled from cursor to cursor, commands are posted in order and answered', async () => {
  const { transport, asked, events } = run(({ path, body }) => {
    if (path === '/v1/sessions') return welcome;
    if (path.includes('after=0')) return { body: { items: [{ type: 'pong' }], next: 7 } };
    if (path.endsWith('/commands')) return { body: { type: 'receipt', id: (body as { id: string }).id } };
    return undefined;
  });
  await vi.waitFor(() => expect(asked.at(-1)?.path).toBe('/v1/sessions/S/events?after=7&wait=25'));
  transport.send({ type: 'send', id: 'A' });
  transport.send({ type: 'send', id: 'B' });
  await vi.waitFor(() =>
    expect(events.map((event) => ('id' in event ? event.id : event.type))).toEqual(['welcome', 'pong', 'A', 'B']),
  );
  transport.close();
  expect(asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/sessions/S' });
});

test('a refused command is an error event with its id and its code', async () => {
  const { transport, events, closed } = run(({ path }) => {
    if (path === '/v1/sessions') return welcome;
    if (path.endsWith('/commands')) {
      return { status: 409, body: { type: 'urn:weft:problem:wrong_state', detail: 'closed' } };
    }
    return undefined;
  });
  await vi.waitFor(() => expect(events).toHaveLength(1));
  transport.send({ type: 'send', id: 'A' });
  await vi.waitFor(() =>
    expect(events.at(-1)).toEqual({ type: 'error', id: 'A', code: 'wrong_state', message: 'closed' }),
  );
  expect(closed).toEqual([]);
});

test('a session that is gone or a token that has ended closes the transport once', async () => {
  const gone = run(({ path }) => (path === '/v1/sessions' ? welcome : { status: 404, body: {} }));
  await vi.waitFor(() => expect(gone.closed).toHaveLength(1));
  const refused = run(() => ({ status: 401, body: { type: 'urn:weft:problem:unauthenticated' } }));
  await vi.waitFor(() => expect(refused.closed).toEqual([Close.token]));
});
