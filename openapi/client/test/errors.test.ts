/** What calls throw. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';

import {
  createMetricsClient,
  isNetworkError,
  isProblem,
  type MetricsClientOptions,
  ProblemError,
  UnexpectedAnswerError,
} from '@admin-metrics/client';

import { retryAfterOf } from '../dist/errors.js';
import { type Answer, json, problem, standIn } from './support/stand-in.js';

/** A client of a stand-in that gives `answers`. */
async function clientOf(t: TestContext, answers: [Answer, ...Answer[]], options: MetricsClientOptions = {}) {
  const server = await standIn(...answers);
  t.after(() => server.stop());
  return { server, metrics: createMetricsClient({ baseUrl: server.origin, ...options }) };
}

/** What `work` throws. */
async function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.fail('expected it to throw'),
    (error: unknown) => error,
  );
}

describe('errors', () => {
  it('a problem is thrown as what it says', async (t) => {
    const errors = [{ field: 'email', code: 'taken', detail: 'another user has it' }];
    const headers = { 'Retry-After': '7' };
    const { metrics } = await clientOf(t, [problem(409, 'duplicate-email', { headers, errors })]);
    const error = await thrown(
      metrics.createUser({ body: { email: 'ada@example.org', displayName: 'Ada' } }),
    );
    assert.ok(isProblem(error, 'duplicate-email', 'illegal-move'));
    assert.ok(!isProblem(error, 'illegal-move'));
    assert.ok(error instanceof ProblemError && error instanceof Error);
    assert.equal(error.type, 'urn:problem-type:admin-metrics:duplicate-email');
    assert.equal(error.problem, 'duplicate-email');
    assert.equal(error.message, 'A title: A detail');
    assert.deepEqual([error.status, error.instance, error.requestId], [409, '/api/v1/users', 'r1']);
    assert.equal(error.retryAfter, 7);
    assert.deepEqual(error.errors, errors);
    assert.deepEqual(error.fieldError('email'), errors[0]);
    assert.equal(error.fieldError('displayName'), undefined);
  });

  it("another's answer is not taken for the service's", async (t) => {
    const { metrics } = await clientOf(t, [
      (_, response) => response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    ]);
    const error = await thrown(metrics.getLiveness());
    assert.ok(error instanceof UnexpectedAnswerError);
    assert.deepEqual([error.status, error.excerpt], [502, '<h1>Bad gateway</h1>']);
    assert.ok(!isProblem(error) && !isNetworkError(error));
  });

  it('a service that is not there is a failure of the network', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    const error = await thrown(createMetricsClient({ baseUrl: `http://127.0.0.1:${port}` }).getLiveness());
    assert.ok(isNetworkError(error));
    assert.equal(error.timedOut, false);
    assert.ok(error.cause instanceof TypeError);
  });

  it('so is an answer that breaks off', async (t) => {
    const { metrics } = await clientOf(t, [
      (_, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
        response.write('{"status":', () => response.destroy());
      },
    ]);
    const error = await thrown(metrics.getLiveness());
    assert.ok(isNetworkError(error));
    assert.equal(error.timedOut, false);
  });

  it('no answer in time is told apart', async (t) => {
    const { metrics } = await clientOf(t, [() => undefined], { timeoutMs: 20 });
    const error = await thrown(metrics.getLiveness());
    assert.ok(isNetworkError(error));
    assert.equal(error.timedOut, true);
  });

  it('nor the rest of an answer', async (t) => {
    const { metrics } = await clientOf(
      t,
      [(_, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).write('{')],
      { timeoutMs: 200 },
    );
    const error = await thrown(metrics.getLiveness());
    assert.ok(isNetworkError(error));
    assert.equal(error.timedOut, true);
  });

  it("an aborted call rejects with its signal's reason", async (t) => {
    const controller = new AbortController();
    const { metrics } = await clientOf(t, [() => controller.abort()]);
    const error = await thrown(metrics.getLiveness({ signal: controller.signal }));
    assert.equal((error as Error).name, 'AbortError');
    const reason = new Error('left the page');
    assert.equal(await thrown(metrics.getLiveness({ signal: AbortSignal.abort(reason) })), reason);
  });

  it('Retry-After is read as seconds or as a date', () => {
    const now = Date.parse('2026-01-31T23:00:00Z');
    const read = (value?: string) => retryAfterOf(new Headers(value ? { 'Retry-After': value } : {}), now);
    assert.equal(read('120'), 120);
    assert.equal(read('Sat, 31 Jan 2026 23:01:00 GMT'), 60);
    assert.equal(read('Sat, 31 Jan 2026 22:00:00 GMT'), 0);
    assert.equal(read('soon'), undefined);
    assert.equal(read(), undefined);
  });
});

describe('requests', () => {
  it('carry the token, and headers of the client', async (t) => {
    let asked = 0;
    const token = () => Promise.resolve(`t${++asked}`);
    const options = { token, headers: { 'X-Request-Id': 'r7' } };
    const { server, metrics } = await clientOf(t, [json({ status: 'ok' })], options);
    await metrics.getLiveness();
    await metrics.getLiveness();
    const sent = server.requests.map(({ headers }) => [headers.authorization, headers['x-request-id']]);
    assert.deepEqual(sent, [
      ['Bearer t1', 'r7'],
      ['Bearer t2', 'r7'],
    ]);
  });

  it('of the background twin say so, and share the rest', async (t) => {
    const { server, metrics } = await clientOf(t, [json({})], { token: 'secret' });
    metrics.versions.remember({ users: 17 });
    await metrics.getOverview();
    await metrics.background.getOverview();
    const sent = server.requests.map(({ headers }) => [
      headers['x-background'],
      headers.authorization,
      headers['x-min-data-version'],
    ]);
    assert.deepEqual(sent, [
      [undefined, 'Bearer secret', 'users=17'],
      ['true', 'Bearer secret', 'users=17'],
    ]);
    assert.equal(metrics.background, metrics.background);
  });

  it('go where the client was told to', async (t) => {
    const { server } = await clientOf(t, [json({})]);
    await createMetricsClient({ baseUrl: `${server.origin}/behind/` }).getLiveness();
    assert.equal(server.requests[0]?.url, '/behind/health/live');
    // With its token, a client goes nowhere else, whatever a query's key says.
    await createMetricsClient({ baseUrl: server.origin }).getLiveness({ baseUrl: 'http://127.0.0.1:9' });
    assert.equal(server.requests[1]?.url, '/health/live');
    for (const baseUrl of ['metrics.example.org', 'ftp://example.org', '']) {
      assert.throws(() => createMetricsClient({ baseUrl }), /baseUrl: expected e\.g\. https:/);
    }
    assert.throws(() => createMetricsClient(), /baseUrl: expected where the service is/);
  });
});
