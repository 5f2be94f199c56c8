/** Every page that there is, as the sources of the router have it: a test of all pages has a new one by itself. */

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FEATURES = resolve(import.meta.dirname, '../../src/features');

/** The paths of all pages. */
export const PAGES: readonly string[] = readdirSync(FEATURES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)route\.tsx?$/.test(file))
  .flatMap((file) => [...readFileSync(resolve(FEATURES, file), 'utf8').matchAll(/\bpath: '(\/[^']*)'/g)])
  .map(([, path]) => path ?? '')
  .sort();

/** The pages that nobody is signed in on. */
export const GATES: readonly string[] = ['/redeem', '/sign-in'];
