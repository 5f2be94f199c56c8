/** A server that answers as a test wants, for what the real service does not do at a word: failing, falling silent. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A running stand-in. */
export interface StandIn {
  origin: string;
  /** The requests so far. */
  requests: IncomingMessage[];
  stop(): Promise<void>;
}

/** Starts one that gives `answers`, one a request; the last one again and again. */
export async function standIn(...answers: [Answer, ...Answer[]]): Promise<StandIn> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)]!;
    requests.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers with JSON. */
export function json(body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) =>
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a problem. */
export function problem(
  status: number,
  name: string,
  more: { headers?: Record<string, string>; errors?: object[] } = {},
): Answer {
  const body = {
    type: `urn:problem-type:admin-metrics:${name}`,
    title: 'A title',
    status,
    detail: 'A detail',
    instance: '/api/v1/users',
    requestId: 'r1',
    errors: more.errors,
  };
  return (_, response) =>
    response
      .writeHead(status, { 'Content-Type': 'application/problem+json', ...more.headers })
      .end(JSON.stringify(body));
}

/** Begins a stream of events that holds `text`; it stays open unless `end` is said. */
export function eventStream(text: string, then: 'end' | 'stay open' = 'stay open'): Answer {
  return (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(text);
    if (then === 'end') response.end();
  };
}
