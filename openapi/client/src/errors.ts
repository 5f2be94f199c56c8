/**
 * What calls throw: a {@link ProblemError} where the service says what is wrong, a {@link NetworkError} where no answer
 * came, an {@link UnexpectedAnswerError} where somebody else answered. An aborted call rejects with its signal's reason,
 * as `fetch` does.
 */

import type { FieldError, Problem } from './generated/types.gen.js';

/** A stable identifier of a kind of problem. */
export type ProblemType = Problem['type'];

/** The last part of a {@link ProblemType}: what to tell problems apart by. */
export type ProblemName = ProblemType extends `urn:problem-type:admin-metrics:${infer Name}` ? Name : never;

const TYPE_PREFIX = 'urn:problem-type:admin-metrics:';

/** The service refused or failed, and said why. A newer service may use names that this client does not know. */
export class ProblemError<Name extends ProblemName = ProblemName> extends Error {
  override readonly name = 'ProblemError';
  /** Which kind of problem: the last part of `type`. */
  readonly problem: Name;
  /** The stable identifier of the kind of problem. */
  readonly type: ProblemType;
  /** The kind of problem in words, the same for every occurrence. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong this time, and what was expected. */
  readonly detail: string;
  /** The path of the request. */
  readonly instance: string;
  /** To be named when asking for help. */
  readonly requestId: string;
  /** Each wrong field, parameter or header; empty where none is to blame. */
  readonly errors: readonly FieldError[];
  /** After how many seconds to try again, where the service says so. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(`${problem.title}: ${problem.detail}`);
    this.type = problem.type;
    this.problem = problem.type.slice(TYPE_PREFIX.length) as Name;
    this.title = problem.title;
    this.status = problem.status;
    this.detail = problem.detail;
    this.instance = problem.instance;
    this.requestId = problem.requestId;
    this.errors = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** What is wrong with `field`, to be shown beside it in a form. */
  fieldError(field: string): FieldError | undefined {
    return this.errors.find((error) => error.field === field);
  }
}

/** No answer came, or it broke off: the service cannot be reached, or it took too long. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** Whether the time allowed for the call was over. */
  readonly timedOut: boolean;

  constructor(cause: unknown, timedOut: boolean) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(timedOut ? 'no answer came in time' : `no answer came: ${why}`, { cause });
    this.timedOut = timedOut;
  }
}

/** An answer came that is not the service's, a proxy's page for example. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  /** The HTTP status. */
  readonly status: number;
  /** How the answer begins. */
  readonly excerpt: string;
  /** After how many seconds to try again, where the answer says so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: string, retryAfter?: number) {
    super(`an answer with status ${status} that is not the service's`);
    this.status = status;
    this.excerpt = body.slice(0, 500);
    this.retryAfter = retryAfter;
  }
}

/**
 * Whether `error` is a problem, and one of `names` where any are given.
 *
 * ```ts
 * if (isProblem(error, 'duplicate-email')) form.email.setError(error.detail);
 * ```
 */
export function isProblem<Name extends ProblemName = ProblemName>(
  error: unknown,
  ...names: Name[]
): error is ProblemError<Name> {
  return error instanceof ProblemError && (names.length === 0 || names.includes(error.problem as Name));
}

/** Whether no answer came. */
export function isNetworkError(error: unknown): error is NetworkError {
  return error instanceof NetworkError;
}

/** The seconds that the header `Retry-After` asks to wait, whether it holds seconds or a date. */
export function retryAfterOf(headers: Headers, now = Date.now()): number | undefined {
  const text = headers.get('Retry-After')?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** The error of an answer that is not a success; `body` is what it holds, parsed where it is JSON. */
export function errorOfAnswer(response: Response, body: unknown): Error {
  const retryAfter = retryAfterOf(response.headers);
  return isProblemBody(body)
    ? new ProblemError(body, retryAfter)
    : new UnexpectedAnswerError(
        response.status,
        typeof body === 'string' ? body : JSON.stringify(body),
        retryAfter,
      );
}

/** The error of a call that threw: what was aborted stays as it is, all else means that no answer came. */
export function errorOfFailure(error: unknown, signal: AbortSignal | null | undefined): unknown {
  if (
    error instanceof ProblemError ||
    error instanceof UnexpectedAnswerError ||
    error instanceof NetworkError
  ) {
    return error;
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'TimeoutError') return new NetworkError(error, true);
  if (name === 'AbortError' || signal?.aborted) return error;
  return new NetworkError(error, false);
}

function isProblemBody(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  const { type, status, detail } = body as Partial<Problem>;
  return (
    typeof type === 'string' &&
    type.startsWith(TYPE_PREFIX) &&
    typeof status === 'number' &&
    typeof detail === 'string'
  );
}
