import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  Backoff,
  Close,
  MemoryStorage,
  Outbox,
  Problem,
  Session,
  type Api,
  type TransportHandlers,
} from '@weft/client';
import { Auth, type Tokens } from '../../src/console/auth.ts';
import { IdentityKeeper } from '../../src/widget/identity.ts';

beforeEach(() => void vi.stubGlobal('navigator', {})); // a page without locks, unless told
afterEach(() => void vi.unstubAllGlobals());

const HOUR_MS = 3_600_000;
const inFuture = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** An API whose answers to `post` come from `answer`. */
function api(answer: (path: string, body: Record<string, unknown>) => unknown): { api: Api; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const post = async (path: string, body: Record<string, unknown>): Promise<unknown> => {
    calls.push([path, body]);
    return answer(path, body);
  };
  return { api: { post } as unknown as Api, calls };
}

const tokens = (n: number, ms: number): Tokens => ({
  access_token: `access ${n}`,
  refresh_token: `refresh ${n}`,
  expires_at: inFuture(ms),
});

test('an access token is used while it is good and refreshed when it is about to end', async () => {
  let made = 1;
  const { api: node, calls } = api((path) =>
    tokens(path.endsWith('login') ? 1 : ++made, path.endsWith('login') ? 5_000 : HOUR_MS),
  );
  const auth = new Auth(node, new MemoryStorage());
  await auth.signIn('tea', 'ana@tea.example', 'secret');
  expect(await auth.token()).toBe('access 2');
  expect(await auth.token()).toBe('access 2');
  expect(calls.at(-1)).toEqual(['/v1/auth/refresh', { refresh_token: 'refresh 1' }]);
  expect(calls).toHaveLength(2);
});

test('a second tab takes the token that the first one fetched: a refresh token is good once', async () => {
  const storage = new MemoryStorage();
  let made = 1;
  const { api: node, calls } = api((path) =>
    tokens(path.endsWith('login') ? 1 : ++made, path.endsWith('login') ? 5_000 : HOUR_MS),
  );
  let last: Promise<unknown> = Promise.resolve();
  const request = (_name: string, work: () => Promise<unknown>): Promise<unknown> => {
    last = last.then(work);
    return last;
  };
  vi.stubGlobal('navigator', { locks: { request } });
  const [first, second] = [new Auth(node, storage), new Auth(node, storage)];
  await first.signIn('tea', 'ana@tea.example', 'secret');
  expect(await Promise.all([first.token(), second.token()])).toEqual(['access 2', 'access 2']);
  expect(calls).toHaveLength(2);
});

test('signed out, there is no token', async () => {
  const auth = new Auth(api(() => tokens(1, HOUR_MS)).api, new MemoryStorage());
  await expect(auth.token()).rejects.toMatchObject({ status: 401 });
});

const embed = {
  origin: 'https://chat.example',
  channel: 'k',
  language: 'en',
  theme: undefined,
  accent: undefined,
  name: undefined,
};

test('a visitor stays the same over reloads, and a renewed token is asked for with the old one', async () => {
  const storage = new MemoryStorage();
  let made = 0;
  const { api: node, calls } = api(() => ({
    token: `token ${++made}`,
    visitor: { id: 'V', name: 'V' },
    expires_at: inFuture(30 * 24 * HOUR_MS),
  }));
  expect(await new IdentityKeeper(node, storage, embed).token(false)).toBe('token 1');
  const again = new IdentityKeeper(node, storage, embed);
  expect(await again.token(false)).toBe('token 1');
  expect(await again.token(true)).toBe('token 2');
  expect(calls.at(-1)?.[1]).toMatchObject({ channel_key: 'k', visitor_token: 'token 1' });
});

test('a visitor whose token has ended for good becomes a new one; a node that is away does not make one', async () => {
  const storage = new MemoryStorage();
  let status = 200;
  const { api: node } = api((_path, body) => {
    if (body['visitor_token'] && status !== 200) throw new Problem(status, 'unauthenticated', 'no');
    return { token: 'fresh', visitor: { id: 'V', name: 'V' }, expires_at: inFuture(HOUR_MS / 2) };
  });
  const keeper = new IdentityKeeper(node, storage, embed);
  await keeper.token(false);
  status = 503;
  await expect(keeper.token(true)).rejects.toMatchObject({ status: 503 });
  status = 401;
  expect(await keeper.token(true)).toBe('fresh');
});

test('a socket that is closed for its token comes back at once with a new one', async () => {
  vi.useFakeTimers();
  const hellos: string[] = [];
  let handlers: TransportHandlers | undefined;
  const session = new Session({
    client: { name: 'test', version: '0' },
    socket: (hello, on) => {
      hellos.push(hello.token);
      handlers = on;
      return { kind: 'socket', send: () => undefined, close: () => undefined };
    },
    token: (renew) => Promise.resolve(renew ? 'new' : 'old'),
    resume: () => ({ points: [] }),
    outbox: new Outbox(new MemoryStorage(), 'test'),
    backoff: new Backoff(),
    onEvent: () => undefined,
    onConnection: () => undefined,
  });
  session.start();
  await vi.advanceTimersByTimeAsync(1);
  handlers?.event({ type: 'welcome', session: 'S' });
  handlers?.closed(Close.token, 'expired');
  await vi.advanceTimersByTimeAsync(1);
  expect(hellos).toEqual(['old', 'new']);
  session.stop();
  vi.useRealTimers();
});
