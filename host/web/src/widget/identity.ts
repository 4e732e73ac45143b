import { Problem, type Api, type Named, type OutboxStorage } from '@weft/client';
import type { Embed } from './embed.ts';

/** Who this browser is to the channel. Kept for 30 days. */
export interface Identity {
  token: string;
  visitor: Named;
  channel?: { id: string; name: string; team?: Named | string; open?: boolean; opens_at?: string };
  tenant?: Named & { slug: string };
  expires_at?: string;
}

/** A token that ends sooner than this is renewed before use. */
const MARGIN_MS = 60 * 60_000;

/** Keeps the visitor's token, and gets or renews it when it is needed. */
export class IdentityKeeper {
  current: Identity | undefined;
  private readonly key: string;

  constructor(
    private readonly api: Api,
    private readonly storage: OutboxStorage,
    private readonly embed: Embed,
  ) {
    this.key = `weft:visitor:${embed.origin}:${embed.channel}`;
    this.current = this.read();
  }

  async token(renew: boolean): Promise<string> {
    const known = this.current;
    const ends = known?.expires_at ? Date.parse(known.expires_at) : Infinity;
    if (known && !renew && ends - Date.now() > MARGIN_MS) return known.token;
    return (await this.obtain(known)).token;
  }

  private async obtain(known: Identity | undefined): Promise<Identity> {
    const { channel, language, name } = this.embed;
    const body = { channel_key: channel, language, ...(name ? { name } : {}) };
    let identity: Identity;
    try {
      identity = await this.api.post('/v1/visitors', known ? { ...body, visitor_token: known.token } : body);
    } catch (cause) {
      if (!known || !(cause instanceof Problem) || ![401, 404, 410].includes(cause.status)) throw cause;
      identity = await this.api.post('/v1/visitors', body); // the old token has ended for good: a new visitor
    }
    this.current = identity;
    try {
      this.storage.setItem(this.key, JSON.stringify(identity));
    } catch {
      // Full storage: the identity lives as long as the page.
    }
    return identity;
  }

  private read(): Identity | undefined {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }
}
