import type { Api } from '@weft/client';
import type { Auth } from '../auth.ts';
import type { List } from './wire.ts';

/** Of one page, and pages of one list: a tenant's configuration is smaller. */
const PAGE = 200;
const MOST_PAGES = 10;
/** A new set is prepared by every node before the answer comes. */
const ACTIVATION_MS = 120_000;

/** REST as the person who is signed in. */
export class Rest {
  constructor(
    private readonly api: Api,
    private readonly auth: Pick<Auth, 'token'>,
  ) {}

  async get<T>(path: string): Promise<T> {
    return this.api.get<T>(path, { token: await this.auth.token() });
  }

  async post<T>(path: string, body: unknown = {}, version?: number): Promise<T> {
    return this.api.post<T>(path, body, { ...(await this.meant(version)), timeout: ACTIVATION_MS });
  }

  async put<T>(path: string, body: unknown, version: number): Promise<T> {
    return this.api.put<T>(path, body, await this.meant(version));
  }

  async delete(path: string, version?: number): Promise<void> {
    await this.api.delete(path, await this.meant(version));
  }

  /** All of a list that is known to be short. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let after = '';
    for (let n = 0; n < MOST_PAGES; n++) {
      const page = await this.get<List<T>>(`${path}?limit=${PAGE}${after}`);
      items.push(...page.items);
      if (!page.next) break;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
    return items;
  }

  private async meant(version?: number): Promise<{ token: string; ifMatch?: number }> {
    const token = await this.auth.token();
    return version === undefined ? { token } : { token, ifMatch: version };
  }
}
