/** The format of server-sent events (`text/event-stream`), read piece by piece. */

/** One event. */
export interface ServerEvent {
  event: string;
  data: string;
}

/** Reads events off pieces of text, which may end anywhere. */
export class EventStreamReader {
  /** How long to wait before a new connection, where the server says so. */
  retryMs: number | undefined;
  #rest = '';
  #event = '';
  #data: string[] = [];
  #started = false;

  /** The events that `piece` completes. */
  read(piece: string): ServerEvent[] {
    if (!this.#started && piece !== '') {
      this.#started = true;
      if (piece.startsWith('\uFEFF')) piece = piece.slice(1);
    }
    this.#rest += piece;
    const events: ServerEvent[] = [];
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (!end) return events;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const event = this.#line(line);
      if (event) events.push(event);
    }
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') {
      const event = { event: this.#event || 'message', data: this.#data.join('\n') };
      const isEmpty = this.#data.length === 0;
      this.#event = '';
      this.#data = [];
      return isEmpty ? undefined : event;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    // Without a field it is a comment: a heartbeat.
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }
}
