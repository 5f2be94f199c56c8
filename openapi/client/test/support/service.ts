/** The real service, started for a test file on a port of its own and an empty SQLite database. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { createMetricsClient, type MetricsClient } from '@admin-metrics/client';

import { browser } from './browser.js';

/** Who may do everything there. */
export const ADMIN = { email: 'admin@example.org', password: 'correct horse battery' };

/** A running service. */
export interface Service {
  origin: string;
  /** A client with cookies of its own, where nobody is signed in; `over` sees all that it fetches. */
  stranger(over?: (inner: typeof fetch) => typeof fetch): MetricsClient;
  /** The same, where {@link ADMIN} is signed in. */
  admin(over?: (inner: typeof fetch) => typeof fetch): Promise<MetricsClient>;
  stop(): Promise<void>;
}

/** Starts it; it listens once this is done. */
export async function startService(variables: Record<string, string> = {}): Promise<Service> {
  const binary = resolve(process.env.API_BINARY ?? '../../target/debug/api');
  if (!existsSync(binary)) throw new Error(`${binary} is missing: build it with \`cargo build -p api\``);
  const folder = await mkdtemp(join(tmpdir(), 'admin-metrics-client-'));
  const env = {
    BIND_ADDR: '127.0.0.1:0',
    DATABASE_URL: `sqlite://${join(folder, 'test.db')}?mode=rwc`,
    LOG_FORMAT: 'json',
    ...variables,
  };
  await run(
    binary,
    ['admin', 'create', '--email', ADMIN.email, '--password-stdin'],
    folder,
    env,
    ADMIN.password,
  );
  const child = spawn(binary, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const origin = `http://${await addressOf(child)}`;
    const stranger: Service['stranger'] = (over = (inner) => inner) =>
      createMetricsClient({ baseUrl: origin, fetch: over(browser(origin)) });
    const admin: Service['admin'] = async (over) => {
      const metrics = stranger(over);
      await metrics.signIn({ body: ADMIN });
      return metrics;
    };
    return { origin, stranger, admin, stop: () => stop(child, folder) };
  } catch (error) {
    await stop(child, folder);
    throw error;
  }
}

/** Runs a command of it to its end. */
async function run(
  binary: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
  input: string,
): Promise<void> {
  const child = spawn(binary, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)));
  child.stdin.end(`${input}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`api ${args.join(' ')} failed:\n${said.join('')}`);
}

/** What it says it listens on. Its log is read on, so that it never waits for us. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        said.push(line);
        const address = listening(line);
        if (address) found(address);
      });
    }
    child.once('error', failed);
    child.once('close', () => failed(new Error(`the service did not start:\n${said.join('\n')}`)));
  });
}

function listening(line: string): string | undefined {
  try {
    const entry = JSON.parse(line) as Record<string, string>;
    return entry.message === 'listening' ? entry['http.address'] : undefined;
  } catch {
    return undefined;
  }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  }
  await rm(folder, { recursive: true, force: true });
}
