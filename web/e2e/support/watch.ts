/** Keeps an eye on every page of a test: what a browser complains about fails it, unless the test said that it would. */

import type { BrowserContext, Page } from '@playwright/test';

/** What is right although a browser calls it an error. */
const ALWAYS_RIGHT = [
  // Who is signed in is asked before anybody is.
  /^console error: Failed to load resource: .* 401 \(.*\) http:\/\/[^ ]+\/api\/v1\/session$/,
];

/** What came of a request: an answer that is an error, or none. */
const OF_A_REQUEST = /^(console error: Failed to load resource|request failed)/;

/** Announces what goes wrong on purpose: what matches a pattern; any request that fails, where there is none. */
export type ExpectsFailures = (...patterns: (string | RegExp)[]) => void;

/** The complaints of a test's pages. */
export class Watch {
  readonly #complaints: string[] = [];
  readonly #expected: (string | RegExp)[] = [];

  /** Watches every page of the context, those that are there and those to come. */
  over(context: BrowserContext): void {
    context.pages().forEach((page) => this.#look(page));
    context.on('page', (page) => this.#look(page));
    context.on('console', (message) => {
      const [type, { url }] = [message.type(), message.location()];
      if (type === 'error' || type === 'warning') {
        this.#complaints.push(`console ${type}: ${message.text()} ${url}`.trim());
      }
    });
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? 'it is not said why';
      // Whoever leaves a page gives up what it was waiting for.
      if (why !== 'net::ERR_ABORTED') {
        this.#complaints.push(`request failed: ${request.method()} ${request.url()}: ${why}`);
      }
    });
  }

  /** Takes what matches for right, whenever it happens in this test. */
  readonly expects: ExpectsFailures = (...patterns) => {
    this.#expected.push(...(patterns.length > 0 ? patterns : [OF_A_REQUEST]));
  };

  /** What nobody announced. */
  get unexpected(): string[] {
    const right = [...ALWAYS_RIGHT, ...this.#expected];
    const isRight = (complaint: string) =>
      right.some((pattern) =>
        typeof pattern === 'string' ? complaint.includes(pattern) : pattern.test(complaint),
      );
    return this.#complaints.filter((complaint) => !isRight(complaint));
  }

  #look(page: Page): void {
    page.on('pageerror', (error) => this.#complaints.push(`page error: ${error.stack ?? error.message}`));
  }
}
