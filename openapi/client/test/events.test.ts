/** Following events. */

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import {
  createMetricsClient,
  type DataVersion,
  type EventsState,
  isNetworkError,
  isProblem,
} from '@admin-metrics/client';

import { EventStreamReader } from '../dist/event-stream.js';
import { type Answer, eventStream, json, problem, standIn } from './support/stand-in.js';

const event = (version: DataVersion) => `event: versions\ndata: ${JSON.stringify(version)}\n\n`;

async function clientOf(t: TestContext, ...answers: [Answer, ...Answer[]]) {
  const server = await standIn(...answers);
  t.after(() => server.stop());
  return { server, metrics: createMetricsClient({ baseUrl: server.origin, token: 'secret' }) };
}

/** The first `count` events. */
async function first(count: number, events: AsyncIterable<DataVersion>): Promise<DataVersion[]> {
  const found: DataVersion[] = [];
  for await (const version of events) {
    found.push(version);
    if (found.length === count) break;
  }
  return found;
}

describe('the format', () => {
  it('is read as the standard has it, wherever the pieces end', () => {
    const text =
      '\uFEFFretry: 250\r\n: heartbeat\n\nevent: versions\ndata: {"a":\ndata:1}\r\n\r\n' +
      'id: 7\rdata\r\rnothing: here\n\ndata: é\n\ndata: unfinished';
    const expected = [
      { event: 'versions', data: '{"a":\n1}' },
      { event: 'message', data: '' },
      { event: 'message', data: 'é' },
    ];
    for (let size = 1; size <= text.length; size++) {
      const reader = new EventStreamReader();
      const events = [];
      for (let at = 0; at < text.length; at += size) events.push(...reader.read(text.slice(at, at + size)));
      assert.deepEqual(events, expected, `pieces of ${size}`);
      assert.equal(reader.retryMs, 250);
    }
  });
});

describe('events', () => {
  it('come with the token, and go on over a new connection', async (t) => {
    const { server, metrics } = await clientOf(
      t,
      eventStream(`retry: 1\n\n: heartbeat\n\n${event({ users: 1, leads: 1 })}`, 'end'),
      problem(503, 'unavailable', { headers: { 'Retry-After': '0' } }),
      (_, response) => response.destroy(),
      eventStream(`event: other\ndata: {}\n\nevent: versions\ndata: {\n\n${event({ users: 2 })}`),
    );
    const states: EventsState[] = [];
    const events = metrics.events({ onState: (state) => states.push(state) });
    assert.deepEqual(await first(2, events), [{ users: 1, leads: 1 }, { users: 2 }]);
    assert.equal(server.requests.length, 4);
    assert.deepEqual(states.slice(0, 5), ['connecting', 'open', 'waiting', 'connecting', 'waiting']);
    for (const { headers, url } of server.requests) {
      assert.equal(url, '/api/v1/events');
      assert.equal(headers.accept, 'text/event-stream');
      assert.equal(headers.authorization, 'Bearer secret');
    }
    // So that what is read next is as new as the event.
    assert.equal(metrics.versions.header, 'users=2,leads=1');
  });

  it('a connection without a sign of life is given up', async (t) => {
    const { metrics } = await clientOf(
      t,
      eventStream('retry: 1\n\n'),
      () => undefined,
      eventStream(event({ users: 3 })),
    );
    const failures: unknown[] = [];
    const onState = (_: EventsState, error?: unknown) => failures.push(...(error ? [error] : []));
    assert.deepEqual(await first(1, metrics.events({ silenceMs: 100, onState })), [{ users: 3 }]);
    assert.ok(failures.length >= 2);
    assert.ok(failures.every((error) => isNetworkError(error) && error.timedOut));
  });

  it('end where the service refuses for good', async (t) => {
    const { server, metrics } = await clientOf(
      t,
      eventStream(`retry: 1\n\n${event({ users: 1 })}`, 'end'),
      problem(403, 'unavailable'),
    );
    const seen: DataVersion[] = [];
    const follow = async () => {
      for await (const version of metrics.events()) seen.push(version);
    };
    await assert.rejects(follow, (error) => isProblem(error) && error.status === 403);
    assert.deepEqual(seen, [{ users: 1 }]);
    assert.equal(server.requests.length, 2);
  });

  it('end quietly when they are aborted: while open, while waiting, before', async (t) => {
    for (const answer of [eventStream(event({ users: 1 })), problem(503, 'unavailable'), json({})]) {
      const { metrics } = await clientOf(t, answer);
      const controller = new AbortController();
      const onState = (state: EventsState) => {
        if (state !== 'connecting') setImmediate(() => controller.abort());
      };
      for await (const version of metrics.events({ signal: controller.signal, onState })) {
        assert.deepEqual(version, { users: 1 });
      }
      for await (const _ of metrics.events({ signal: controller.signal })) assert.fail('it was aborted');
    }
  });

  it('are told to a listener until it has enough', async (t) => {
    const { metrics } = await clientOf(t, eventStream(event({ users: 1 }) + event({ users: 2 })));
    const seen = await new Promise<DataVersion[]>((done, failed) => {
      const versions: DataVersion[] = [];
      const stop = metrics.onEvent(
        (version) => {
          versions.push(version);
          if (versions.length < 2) return;
          stop();
          done(versions);
        },
        { onEnd: failed },
      );
    });
    assert.deepEqual(seen, [{ users: 1 }, { users: 2 }]);
  });

  it('a listener hears why they ended', async (t) => {
    const { metrics } = await clientOf(t, problem(404, 'unknown-route'));
    const error = await new Promise((onEnd) => metrics.onEvent(() => undefined, { onEnd }));
    assert.ok(isProblem(error) && error.status === 404);
  });
});
