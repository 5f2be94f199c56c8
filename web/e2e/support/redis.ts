/** A Redis of a worker's own, which keeps nothing. A test may kill it and start it again. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, Running } from './processes';

/** Between the choice of a port and its use somebody else may take it. */
const ATTEMPTS = 5;

/** The Redis. */
export class Redis {
  readonly #folder: string;
  readonly #port: number;
  #process: Running | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Starts one on a free port. */
  static async launch(): Promise<Redis> {
    const folder = await mkdtemp(join(tmpdir(), 'admin-metrics-e2e-redis-'));
    for (let attempt = 1; ; attempt += 1) {
      const redis = new Redis(folder, await freePort());
      try {
        await redis.start();
        return redis;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Where it is, also while it does not run. */
  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts it again, with nothing in it, on the same port; nothing where it runs. */
  async start(): Promise<void> {
    if (this.#process?.runs) return;
    const options = { bind: '127.0.0.1', port: String(this.#port), save: '', appendonly: 'no' };
    this.#process = await Running.start({
      program: process.env['REDIS_SERVER'] ?? 'redis-server',
      args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
      env: { PATH: process.env['PATH'] ?? '' },
      cwd: this.#folder,
    });
    await this.#process.says((said) => said.includes('Ready to accept connections') || undefined);
  }

  /** Ends it: connections break, new ones are refused. */
  async kill(): Promise<void> {
    await this.#process?.stop('SIGKILL');
  }

  /** Freezes it: connections stay open, and nothing is answered, until {@link thaw}. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  /** Lets it go on. */
  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
