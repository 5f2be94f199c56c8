/** A chart to look at, and to go through point by point: by mouse, touch or arrow keys, read out as it goes. */

import { type KeyboardEvent, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { useFormatter, useTranslations } from 'use-intl';
import type uPlot from 'uplot';

import { useColourScheme } from '../../ui/use-colour-scheme';
import type { Line, Point } from './chart-model';
import { ChartTooltip } from './chart-tooltip';
import styles from './line-chart.module.css';
import series from './series.module.css';
import { type Colours, createPlot, type Cursor, dataOf, type PlotOptions } from './plot';

export interface LineChartProps {
  name: string;
  lines: readonly Line[];
  points: readonly Point[];
}

/** The lines over the points. It is as wide as there is room, and always as high. */
export default function LineChart({ name, lines, points }: LineChartProps) {
  const t = useTranslations('dashboard.chart');
  const format = useFormatter();
  const [at, setAt] = useState<Cursor | null>(null);
  const target = useRef<HTMLDivElement>(null);
  const plot = usePlot(target, lines, points, setAt);
  const last = points.length - 1;
  const index = at ? Math.min(at.index, last) : null;
  const point = index === null ? undefined : points[index];

  const goTo = (wanted: number) => {
    const next = Math.max(0, Math.min(last, wanted));
    plot.current?.setCursor({ left: plot.current.valToPos(next, 'x'), top: 1 });
  };
  const leave = () => plot.current?.setCursor({ left: -10, top: -10 });
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, index, last);
    if (next === undefined) return;
    event.preventDefault();
    if (next === null) leave();
    else goTo(next);
  };

  const spoken = (shown: Point, each: number) =>
    [
      shown.isPartial ? `${shown.name} (${t('partialMark')})` : shown.name,
      ...lines.map((line) =>
        t('point', {
          name: line.name,
          value: format.number(line.values[each] ?? 0, 'integer'),
          previous: format.number(line.previous[each] ?? 0, 'integer'),
        }),
      ),
    ].join('; ');

  return (
    <div className={styles['chart']}>
      <div
        className={styles['canvas']}
        role="slider"
        tabIndex={0}
        aria-label={t('explore', { name })}
        aria-valuemin={1}
        aria-valuemax={points.length}
        aria-valuenow={(index ?? last) + 1}
        aria-valuetext={spoken(point ?? points[last] ?? NOTHING, index ?? last)}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          // By keyboard only: a pointer says itself where it is.
          if (index === null && event.currentTarget.matches(':focus-visible')) goTo(last);
        }}
        onBlur={leave}
      >
        <div ref={target} className={styles['target']} />
      </div>
      {at && point && index !== null && (
        <ChartTooltip lines={lines} point={point} index={index} left={at.left} width={at.width} />
      )}
    </div>
  );
}

const NOTHING: Point = { name: '', tick: '', isPartial: false, window: { from: '', to: '' } };

/** Where a key leads; null for nowhere, undefined where it means nothing here. */
function nextIndex(key: string, index: number | null, last: number): number | null | undefined {
  const from = index ?? last;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return from - 1;
    case 'ArrowRight':
    case 'ArrowUp':
      return from + 1;
    case 'PageDown':
      return from - 7;
    case 'PageUp':
      return from + 7;
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}

/** Keeps a chart in `target` that shows `lines`, as large as it and in the colours of the page. */
function usePlot(
  target: React.RefObject<HTMLDivElement | null>,
  lines: readonly Line[],
  points: readonly Point[],
  onCursor: PlotOptions['onCursor'],
): React.RefObject<uPlot | null> {
  const format = useFormatter();
  const scheme = useColourScheme();
  const plot = useRef<uPlot | null>(null);
  const tellCursor = useEffectEvent(onCursor);
  const create = useEffectEvent((element: HTMLElement) =>
    createPlot(element, {
      lines,
      points,
      colours: coloursOf(element),
      font: `12px ${getComputedStyle(element).fontFamily}`,
      writeCount: (value) => format.number(value, 'compact'),
      onCursor: (cursor) => tellCursor(cursor),
    }),
  );
  // What another chart is needed for; other values go into the one there is.
  const kind = JSON.stringify([
    scheme,
    lines.map(({ key }) => key),
    points.map(({ tick, isPartial }) => [tick, isPartial]),
  ]);
  useLayoutEffect(() => {
    const element = target.current;
    if (!element) return;
    const created = create(element);
    plot.current = created;
    const resize = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0 && (width !== created.width || height !== created.height))
        created.setSize({ width, height });
    });
    resize.observe(element);
    const stopTouch = followTouch(created);
    return () => {
      stopTouch();
      resize.disconnect();
      created.destroy();
      plot.current = null;
    };
  }, [target, kind]);
  useEffect(() => {
    plot.current?.setData(dataOf(lines, points));
  }, [lines, points]);
  return plot;
}

/** A finger that moves sideways moves the cursor along; up and down it scrolls the page. */
function followTouch(plot: uPlot): () => void {
  const follow = ({ touches: [touch] }: TouchEvent) => {
    if (!touch) return;
    const box = plot.over.getBoundingClientRect();
    plot.setCursor({ left: Math.max(0, Math.min(box.width, touch.clientX - box.left)), top: 1 });
  };
  const options = { passive: true } as const;
  plot.over.addEventListener('touchstart', follow, options);
  plot.over.addEventListener('touchmove', follow, options);
  return () => {
    plot.over.removeEventListener('touchstart', follow);
    plot.over.removeEventListener('touchmove', follow);
  };
}

/** The colours of the page, as a canvas takes them: what a style sheet computes is read off an element. */
function coloursOf(element: HTMLElement): Colours {
  const read = (className: string | undefined) => {
    // Each has an element of its own: where motion is reduced, one that changes its class is for a moment as it was.
    const probe = document.createElement('span');
    probe.className = className ?? '';
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const colours: Colours = {
    text: read(styles['text']),
    grid: read(styles['grid']),
    surface: read(styles['surface']),
    series: {
      1: read(series['series1']),
      2: read(series['series2']),
      3: read(series['series3']),
      4: read(series['series4']),
      5: read(series['series5']),
    },
  };
  return colours;
}
