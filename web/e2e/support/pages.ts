/** Every page that there is, as the sources of the router have it: a test of all pages has a new one by itself. */

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { World } from './world';

const FEATURES = resolve(import.meta.dirname, '../../src/features');

/** The paths of all pages; a part that stands for a row begins with `$`. */
export const PAGES: readonly string[] = readdirSync(FEATURES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)route\.tsx?$/.test(file))
  .flatMap((file) => [...readFileSync(resolve(FEATURES, file), 'utf8').matchAll(/\bpath: '(\/[^']*)'/g)])
  .map(([, path]) => path ?? '')
  .sort();

/** The pages that nobody is signed in on. */
export const GATES: readonly string[] = ['/redeem', '/sign-in'];

/** `path` with a row of the demo data for each part that stands for one. */
export async function withRows(path: string, world: World): Promise<string> {
  if (!path.includes('$')) return path;
  const client = world.client();
  const query = { limit: 1 };
  const family = path.split('/')[1];
  const { items } =
    family === 'users'
      ? await client.listUsers({ query })
      : family === 'proposals'
        ? await client.listProposals({ query })
        : await client.listLeads({ query });
  const id = items[0]?.id;
  if (id === undefined) throw new Error(`there is no row for ${path}`);
  return path.replaceAll(/\$\w+/g, id);
}
