/** How long to wait before the next attempt to connect, in milliseconds. */
export interface BackoffOptions {
  first: number;
  most: number;
  /** 0 … 1, injected so that tests are exact. */
  random: () => number;
}

const DEFAULTS: BackoffOptions = {
  first: 500,
  most: 20_000,
  random: Math.random,
};

/** Doubles with every failure and spreads each delay over its upper half, so that clients do not come back all at once. */
export class Backoff {
  private failures = 0;
  private readonly options: BackoffOptions;

  constructor(options: Partial<BackoffOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
  }

  next(): number {
    const { first, most, random } = this.options;
    const ceiling = Math.min(most, first * 2 ** this.failures);
    this.failures += 1;
    return Math.round(ceiling / 2 + (random() * ceiling) / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
