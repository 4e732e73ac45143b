import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@weft/client': fileURLToPath(new URL('../../sdk/client/src/index.ts', import.meta.url)) } },
  test: { include: ['tests/unit/**/*.test.ts'] },
});
