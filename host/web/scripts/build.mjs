// Builds everything that the node embeds: dist/{widget.js, console/, demo/, index.html}. Fails when the widget grows past its budget.
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const WIDGET_BYTES_GZIP = 30 * 1024;

const root = fileURLToPath(new URL('..', import.meta.url));
const client = fileURLToPath(new URL('../../../sdk/client/src/index.ts', import.meta.url));
const shared = {
  configFile: false,
  logLevel: 'warn',
  resolve: { alias: { '@weft/client': client, lit: `${root}node_modules/lit` } },
};

await rm(`${root}dist`, { recursive: true, force: true });

// One classic script without a hash in its name: sites embed it, the node answers with an ETag.
await build({
  ...shared,
  root,
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    lib: { entry: 'src/widget/main.ts', formats: ['iife'], name: 'weftWidget', fileName: () => 'widget.js' },
  },
});

await build({
  ...shared,
  root: `${root}src/console`,
  base: '/console/',
  build: { outDir: `${root}dist/console`, emptyOutDir: false, target: 'es2022', assetsInlineLimit: 0 },
});

await build({
  ...shared,
  root: `${root}src/pages`,
  base: '/',
  build: {
    outDir: `${root}dist`,
    emptyOutDir: false,
    target: 'es2022',
    assetsDir: 'demo/assets',
    rollupOptions: { input: [`${root}src/pages/index.html`, `${root}src/pages/demo/index.html`] },
  },
});

const size = gzipSync(await readFile(`${root}dist/widget.js`), { level: 9 }).length;
console.log(`widget.js: ${(size / 1024).toFixed(1)} KiB gzip (at most ${WIDGET_BYTES_GZIP / 1024})`);
if (size > WIDGET_BYTES_GZIP) process.exit(1);
