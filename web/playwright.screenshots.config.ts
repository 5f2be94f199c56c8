/** How the pictures in docs/screenshots are taken: as the browser tests run, one after the other. */

import { defineConfig } from '@playwright/test';

import tests from './playwright.config';

export default defineConfig({
  ...tests,
  testDir: 'e2e/screenshots',
  testMatch: '*.pictures.ts',
  workers: 1,
});
