/** The service as it was built, started by tests. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { createMetricsClient, type MetricsClient } from '@admin-metrics/client';

import { freePort, run, Running } from './processes';

/** Variables of the service. */
export type Variables = Record<string, string>;

const WEB = resolve(import.meta.dirname, '../..');
/** Between the choice of a port and its use somebody else may take it. */
const ATTEMPTS = 5;
/** Every instance signs with the same. */
const SESSION_SECRET = 'for-tests-only-'.repeat(6);

/** An instance of the service. */
export class Service {
  readonly #variables: Variables;
  readonly #port: number;
  #process: Running | undefined;

  private constructor(variables: Variables, port: number) {
    this.#variables = variables;
    this.#port = port;
  }

  /** Starts one on a free port; on another one where somebody was faster. */
  static async launch(variables: Variables): Promise<Service> {
    for (let attempt = 1; ; attempt += 1) {
      const service = new Service(variables, await freePort());
      try {
        await service.start();
        return service;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Where it is, also while it does not run. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What it has written since it was started. */
  get log(): string {
    return this.#process?.said ?? '';
  }

  /** Starts it again on the same port, with other variables where they are given; nothing where it runs. */
  async start(variables: Variables = {}): Promise<void> {
    if (this.#process?.runs) return;
    const env = { ...common(), ...this.#variables, BIND_ADDR: `127.0.0.1:${this.#port}`, ...variables };
    this.#process = await Running.start({ program: binary('api', 'API_BINARY'), env, cwd: WEB });
    await this.#process.says((said) => said.includes('"listening"') || undefined);
  }

  /** Ends it as a supervisor does; `SIGKILL` does it the hard way. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
  }

  /** The generated client on it, which shows the token. */
  client(token: string): MetricsClient {
    return createMetricsClient({ baseUrl: this.url, token });
  }
}

/** Runs a command of the service's binary to its end; what it wrote. */
export function api(args: string[], variables: Variables, input = ''): Promise<string> {
  return run(
    { program: binary('api', 'API_BINARY'), args, env: { ...common(), ...variables }, cwd: WEB },
    input,
  );
}

/** Runs one of the project's own commands; what it wrote. */
export function xtask(args: string[], variables: Variables): Promise<string> {
  // An empty variable counts as unset, also where a developer's `.env` sets it.
  const unset = Object.fromEntries(
    ['DATABASE_DIRECT_URL', 'REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD'].map((name) => [
      name,
      '',
    ]),
  );
  const env = { ...common(), ...unset, ...variables };
  return run({ program: binary('xtask', 'XTASK_BINARY'), args, env, cwd: WEB });
}

function common(): Variables {
  const dist = resolve(WEB, 'dist');
  if (!existsSync(resolve(dist, 'index.html'))) {
    throw new Error('web/dist is missing: build it with `cargo xtask web`');
  }
  return { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', SESSION_SECRET, WEB_DIR: dist };
}

/** A binary as it was built: what the variable says, else the debug build. */
function binary(name: string, variable: string): string {
  const path = resolve(WEB, process.env[variable] ?? `../target/debug/${name}`);
  if (!existsSync(path)) throw new Error(`${path} is missing: build it with \`cargo build -p ${name}\``);
  return path;
}
