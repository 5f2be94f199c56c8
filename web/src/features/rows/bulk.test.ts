/** What `./bulk` has to do. */

import { ProblemError } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { refusalOf, resultOf, withoutHidden } from './bulk';

const problem = (name: 'illegal-move' | 'internal', fields: string[]) =>
  new ProblemError({
    type: `urn:problem-type:admin-metrics:${name}`,
    title: '',
    status: 409,
    detail: '',
    instance: '',
    requestId: '',
    errors: fields.map((field) => ({ field, code: 'illegal_move', detail: '' })),
  });

describe('rows that were to move together', () => {
  it('have an outcome each', () => {
    const { outcomes, isRefused } = resultOf({
      counts: { moved: 1, unchanged: 1, notFound: 0 },
      items: [
        { id: 'a', outcome: 'moved' },
        { id: 'b', outcome: 'unchanged' },
      ],
    });
    expect([...outcomes]).toEqual([
      ['a', 'moved'],
      ['b', 'unchanged'],
    ]);
    expect(isRefused).toBe(false);
  });

  it('are named by their places where they may not', () => {
    const refusal = refusalOf(problem('illegal-move', ['ids[2]', 'ids[0]', 'ids[9]']), ['a', 'b', 'c']);
    expect([...(refusal?.outcomes.keys() ?? [])]).toEqual(['c', 'a']);
    expect(refusalOf(problem('illegal-move', ['status']), ['a'])).toBeUndefined();
    expect(refusalOf(problem('internal', ['ids[0]']), ['a'])).toBeUndefined();
    expect(refusalOf(new Error('ids[0]'), ['a'])).toBeUndefined();
  });

  it('are not those that wait to be deleted', () => {
    const chosen = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    expect([...withoutHidden(chosen, new Set(['a', 'c'])).keys()]).toEqual(['b']);
    expect(withoutHidden(chosen, new Set(['c']))).toBe(chosen);
  });
});
