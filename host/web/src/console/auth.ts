import { Problem, type Api, type OutboxStorage } from '@weft/client';

/** What sign-in gives. The access token is short, the refresh token rotates with every use. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_at: string;
}

const KEY = 'weft:console:tokens';
const LOCK = 'weft:console:refresh';
/** An access token that ends sooner than this is renewed before use. */
const MARGIN_MS = 30_000;

/** Keeps an agent signed in over reloads and in several tabs. */
export class Auth {
  constructor(
    private readonly api: Api,
    private readonly storage: OutboxStorage,
  ) {}

  get signedIn(): boolean {
    return this.read() !== undefined;
  }

  async signIn(tenant: string, email: string, password: string): Promise<void> {
    this.write(await this.api.post<Tokens>('/v1/auth/login', { tenant, email, password }));
  }

  async signOut(): Promise<void> {
    const tokens = this.read();
    this.storage.removeItem(KEY);
    if (!tokens) return;
    await this.api.post('/v1/auth/logout', {}, { token: tokens.access_token }).catch(() => undefined);
  }

  /** Forgets tokens that were refused. */
  forget(): void {
    this.storage.removeItem(KEY);
  }

  /** A token that is good for a while. One tab at a time refreshes: a refresh token is good once. */
  async token(renew = false): Promise<string> {
    const before = this.read();
    if (before && !renew && good(before)) return before.access_token;
    return exclusively(async () => {
      const now = this.read();
      if (!now) throw new Problem(401, 'unauthenticated', 'signed out');
      if (now.access_token !== before?.access_token && good(now)) return now.access_token; // another tab was faster
      const next = await this.api.post<Tokens>('/v1/auth/refresh', { refresh_token: now.refresh_token });
      this.write({ ...now, ...next });
      return next.access_token;
    });
  }

  private read(): Tokens | undefined {
    try {
      return JSON.parse(this.storage.getItem(KEY) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }

  private write({ access_token, refresh_token, expires_at }: Tokens): void {
    this.storage.setItem(KEY, JSON.stringify({ access_token, refresh_token, expires_at }));
  }
}

function good({ expires_at }: Tokens): boolean {
  return Date.parse(expires_at) - Date.now() > MARGIN_MS;
}

function exclusively<T>(work: () => Promise<T>): Promise<T> {
  // Locks exist in secure contexts only; elsewhere two tabs may refresh at once, and one of them signs in again.
  return 'locks' in navigator ? navigator.locks.request(LOCK, work) : work();
}
