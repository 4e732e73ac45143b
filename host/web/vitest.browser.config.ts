import { mergeConfig } from 'vitest/config';
import unit from './vitest.config.ts';

/** Real Chromium against a real node: one file after the other, they share the machine. */
const browser = mergeConfig(unit, { test: { fileParallelism: false, testTimeout: 90_000, hookTimeout: 120_000 } });
browser.test = { ...browser.test, include: ['tests/browser/**/*.test.ts'] };

export default browser;
