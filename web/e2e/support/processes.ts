/** Processes that tests start, each of which ends with the test run, however that ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';

/** What to run. */
export interface Launch {
  program: string;
  args?: string[];
  /** All its variables; none of ours come with them. */
  env: Record<string, string>;
  cwd: string;
}

/** A process that runs. What it writes is kept, to be shown where something goes wrong. */
export class Running {
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #name: string;
  #said = '';
  #heard: (() => void)[] = [];

  private constructor(child: ChildProcess, guard: ChildProcess, name: string) {
    this.#child = child;
    this.#guard = guard;
    this.#name = name;
    this.#ended = once(child, 'close');
    const streams = [child.stdout, child.stderr].filter((stream): stream is Readable => stream !== null);
    for (const stream of streams) {
      stream.on('data', (text: Buffer) => {
        this.#said += text.toString();
        this.#tell();
      });
    }
    child.on('close', () => {
      this.#guard.kill('SIGKILL');
      this.#tell();
    });
  }

  /** Starts it. */
  static async start({ program, args = [], env, cwd }: Launch): Promise<Running> {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child, 'spawn');
    // It reads until we are gone, and then ends what we could not.
    const guard = spawn('sh', ['-c', 'cat >/dev/null; kill -KILL "$0"', String(child.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Ctrl-C is for us to hear.
      detached: true,
    });
    return new Running(child, guard, program.split('/').at(-1) ?? program);
  }

  /** What it has written. */
  get said(): string {
    return this.#said;
  }

  /** Whether it still runs. */
  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until something is found in what it writes. */
  async says<T>(find: (said: string) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this.#said);
      if (found !== undefined) return found;
      if (!this.runs) throw new Error(`${this.#name} ended too soon:\n${this.#said}`);
      await new Promise<void>((heard) => this.#heard.push(heard));
    }
  }

  /** Ends it, and waits until it has ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.runs) this.#child.kill(signal);
    await this.#ended;
  }

  /** Sends it a signal, for example one that freezes it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #tell(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const tell of heard) tell();
  }
}

/** Runs a program to its end, with `input` to read; what it wrote. */
export async function run(launch: Launch, input = ''): Promise<string> {
  const { program, args = [], env, cwd } = launch;
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let [written, said] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (written += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  child.stdin.end(input);
  const [code] = await ended;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${said}${written}`);
  return written;
}

/**
 * Where ports are looked for: below those that systems give to whoever asks for any, so that a server that is away for a
 * while finds its port free when it comes back.
 */
const PORTS = { from: 20_000, to: 32_000 };

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = new Promise<boolean>((found) => {
    server.once('error', () => found(false));
    server.once('listening', () => server.close(() => found(true)));
  });
  server.listen(port, '127.0.0.1');
  return free;
}
