/** How the pages are built, and served while they are worked on. */

import react from '@vitejs/plugin-react';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';
import { defineConfig } from 'vitest/config';

/** Where the service is while `npm run dev` serves the pages. */
const SERVICE = process.env['SERVICE_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    react(),
    // The service sends these as they are. What gains nothing by it is left as it is.
    compression({
      algorithms: [defineAlgorithm('gzip', { level: 9 }), defineAlgorithm('brotliCompress')],
      threshold: 512,
    }),
  ],
  build: {
    target: 'es2023',
    // The page's policy lets nothing in from `data:`.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(['/api', '/docs', '/health', '/openapi.json'].map((path) => [path, SERVICE])),
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
