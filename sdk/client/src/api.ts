import type { ErrorCode, Refusal } from './wire.ts';

/** A REST answer that is not a success: an RFC 9457 problem, or nothing that could be read. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    detail: string,
    /** Seconds. */
    readonly retryAfter?: number,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

const TIMEOUT_MS = 15_000;
const URN = 'urn:weft:problem:';

export interface RequestOptions {
  token?: string;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Milliseconds; 15 000 unless told. */
  timeout?: number;
}

/** Plain REST against one node (or the balancer before several). */
export class Api {
  constructor(readonly origin: string) {}

  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('GET', path, options);
  }

  post<T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('POST', path, { ...options, body });
  }

  delete<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('DELETE', path, options);
  }

  private async request<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    const limit = AbortSignal.timeout(options.timeout ?? TIMEOUT_MS);
    const response = await fetch(this.origin + path, {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
    const text = await response.text();
    if (!response.ok) throw problem(response, text);
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

function problem(response: Response, text: string): Problem {
  const retry = Number(response.headers.get('retry-after')) || undefined;
  try {
    const body = JSON.parse(text) as {
      type?: string;
      detail?: string;
      title?: string;
    };
    const code = body.type?.startsWith(URN) ? (body.type.slice(URN.length) as ErrorCode) : 'internal';
    return new Problem(response.status, code, body.detail ?? body.title ?? response.statusText, retry);
  } catch {
    return new Problem(
      response.status,
      response.status >= 500 ? 'unavailable' : 'internal',
      response.statusText,
      retry,
    );
  }
}

/** A command that a node refused. */
export class RefusedError extends Error {
  constructor(readonly refusal: Omit<Refusal, 'type'>) {
    super(refusal.message);
    this.name = 'RefusedError';
  }
}
