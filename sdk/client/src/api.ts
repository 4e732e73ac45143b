import type { ErrorCode, Refusal } from './wire.ts';

/** One mistake of a request, and where it is. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

/** A REST answer that is not a success: an RFC 9457 problem, or nothing that could be read. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    detail: string,
    /** Seconds. */
    readonly retryAfter?: number,
    /** Each mistake with where it is in the request (RFC 6901). */
    readonly errors: FieldProblem[] = [],
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

const TIMEOUT_MS = 15_000;
const URN = 'urn:weft:problem:';

export interface RequestOptions {
  token?: string;
  /** Sent as JSON; a `Blob` as it is, under its own type. */
  body?: unknown;
  /** The version that a change is meant for. */
  ifMatch?: number;
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

  put<T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('PUT', path, { ...options, body });
  }

  delete<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('DELETE', path, options);
  }

  private async request<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
    if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`;
    const { type, body } = sent(options.body);
    if (type) headers['content-type'] = type;
    const limit = AbortSignal.timeout(options.timeout ?? TIMEOUT_MS);
    const response = await fetch(this.origin + path, {
      method,
      headers,
      body,
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
    const text = await response.text();
    if (!response.ok) throw problem(response, text);
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

function sent(body: unknown): { type?: string; body: Blob | string | null } {
  if (body === undefined) return { body: null };
  return body instanceof Blob ? { type: body.type, body } : { type: 'application/json', body: JSON.stringify(body) };
}

function problem(response: Response, text: string): Problem {
  const retry = Number(response.headers.get('retry-after')) || undefined;
  try {
    const body = JSON.parse(text) as {
      type?: string;
      detail?: string;
      title?: string;
      errors?: FieldProblem[];
    };
    const code = body.type?.startsWith(URN) ? (body.type.slice(URN.length) as ErrorCode) : 'internal';
    return new Problem(response.status, code, body.detail ?? body.title ?? response.statusText, retry, body.errors);
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
