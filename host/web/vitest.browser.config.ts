import { defineConfig } from 'vitest/config';

/** Real Chromium against a real node: one file after the other, they share the machine. */
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
