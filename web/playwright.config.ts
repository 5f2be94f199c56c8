/** How the browser tests run: see e2e/README.md. */

import { availableParallelism } from 'node:os';

import { defineConfig } from '@playwright/test';

import { chromium } from './e2e/support/chromium';

/** What a slow machine may need. Nothing waits that long where all is well. */
const PATIENCE = 60_000;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/support/global-setup.ts',
  // Each worker has two services, a database and a Redis of its own, and a browser.
  workers: availableParallelism() > 2 ? 2 : 1,
  // A test that fails once is wrong, or has found something.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  timeout: 3 * PATIENCE,
  // Whatever hangs ends.
  globalTimeout: 30 * PATIENCE,
  expect: { timeout: PATIENCE },
  use: {
    actionTimeout: PATIENCE,
    navigationTimeout: PATIENCE,
    trace: 'retain-on-failure',
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
    colorScheme: 'light',
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: chromium(),
      // Tests run as root, too, and nothing but the service is to be asked for anything.
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
