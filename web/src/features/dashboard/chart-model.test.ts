/** What `./chart-model` has to do. */

import type { Charts } from '@admin-metrics/client';
import { createFormatter } from 'use-intl/core';
import { describe, expect, it } from 'vitest';

import { pointsOf, splitAtPartial, ticksOf } from './chart-model';

/** A browser far from the zone that was asked for. */
const format = createFormatter({ locale: 'en', timeZone: 'Pacific/Kiritimati' });

function charts(granularity: Charts['granularity'], labels: string[]): Charts {
  const buckets = labels.map((label, index) => ({
    label,
    startAt: '2026-10-24T22:00:00Z',
    endAt: '2026-10-25T23:00:00Z',
    partial: index === labels.length - 1,
  }));
  return { granularity, buckets, series: [], meta: {} as Charts['meta'] };
}

describe('the points of a chart', () => {
  it('are the days that the service names, wherever the browser is', () => {
    const [first, last] = pointsOf(charts('day', ['2026-10-25', '2026-10-26']), format);
    expect(first).toMatchObject({ name: 'Sun, Oct 25, 2026', tick: 'Oct 25', isPartial: false });
    expect(last).toMatchObject({ tick: 'Oct 26', isPartial: true });
  });

  it('are months, with the year where it begins', () => {
    const points = pointsOf(charts('month', ['2025-11', '2025-12', '2026-01']), format);
    expect(points.map(({ tick }) => tick)).toEqual(['Nov\n2025', 'Dec', 'Jan\n2026']);
    expect(points[2]?.name).toBe('January 2026');
  });
});

describe('the ticks', () => {
  it.each([
    [7, 10, [0, 1, 2, 3, 4, 5, 6]],
    [30, 5, [5, 11, 17, 23, 29]],
    [13, 4, [0, 4, 8, 12]],
    [1, 0, [0]],
    [0, 5, []],
  ])('of %d points with room for %d', (count, room, ticks) => {
    expect(ticksOf(count, room)).toEqual(ticks);
  });
});

describe('what is not complete', () => {
  it('is drawn apart, from the point before', () => {
    const points = [false, false, false, true].map((isPartial) => ({ isPartial }));
    expect(splitAtPartial([1, 2, 3, 4], points)).toEqual({
      whole: [1, 2, 3, null],
      partial: [null, null, 3, 4],
    });
  });

  it('may be at both ends', () => {
    const points = [true, false, true].map((isPartial) => ({ isPartial }));
    expect(splitAtPartial([1, 2, 3], points)).toEqual({ whole: [null, 2, null], partial: [1, 2, 3] });
  });
});
