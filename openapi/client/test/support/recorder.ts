/** Which operations of the document have been used, and with which outcome. */

import { readFileSync } from 'node:fs';

interface Operation {
  id: string;
  method: string;
  path: RegExp;
  /** Those that are fixed come before those with a parameter. */
  parameters: number;
}

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Takes note of what goes through it. */
export class Recorder {
  readonly #operations: Operation[];
  readonly #succeeded = new Set<string>();

  constructor() {
    const document = JSON.parse(readFileSync('../openapi.json', 'utf8')) as Document;
    this.#operations = Object.entries(document.paths)
      .flatMap(([path, item]) =>
        Object.entries(item)
          .filter(([method]) => METHODS.includes(method))
          .map(([method, { operationId }]) => ({
            id: operationId,
            method: method.toUpperCase(),
            path: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
            parameters: path.split('{').length,
          })),
      )
      .sort((one, other) => one.parameters - other.parameters);
  }

  /** Fetches by `inner`, and takes note of each operation that is a success. */
  over(inner: typeof fetch): typeof fetch {
    return async (input, init) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      const used = this.#operations.find(
        ({ method, path }) => method === request.method && path.test(pathname),
      );
      const response = await inner(request);
      if (used && response.ok) this.#succeeded.add(used.id);
      return response;
    };
  }

  /** Every operation of the document, sorted. */
  get documented(): string[] {
    return this.#operations.map(({ id }) => id).sort();
  }

  /** Those that have been used with success, sorted. */
  get succeeded(): string[] {
    return [...this.#succeeded].sort();
  }
}
