/** A chart on a canvas: the lines, those of the period before behind them, and what is not complete marked as such. */

import 'uplot/dist/uPlot.min.css';

import uPlot from 'uplot';

import { type Line, type Point, splitAtPartial, ticksOf } from './chart-model';

/** The colours of the page as it is, for a canvas. */
export interface Colours {
  text: string;
  grid: string;
  surface: string;
  series: Readonly<Record<Line['colour'], string>>;
}

/** Where the cursor is: on which point, and where that is in the chart and how wide the chart is, px. */
export interface Cursor {
  index: number;
  left: number;
  width: number;
}

export interface PlotOptions {
  lines: readonly Line[];
  points: readonly Point[];
  colours: Colours;
  font: string;
  /** Writes a number on the vertical axis. */
  writeCount: (value: number) => string;
  /** Hears where the cursor is; null for nowhere. */
  onCursor: (cursor: Cursor | null) => void;
}

/** Room for one label of the horizontal axis, px. */
const TICK_ROOM = 64;
const COUNTS = [1, 2, 5]
  .flatMap((digit) => Array.from({ length: 12 }, (_, power) => digit * 10 ** power))
  .sort((a, b) => a - b);

/** Draws a chart in `target`, as large as that is. */
export function createPlot(target: HTMLElement, options: PlotOptions): uPlot {
  const { lines, points, colours, font, writeCount, onCursor } = options;
  const axis: uPlot.Axis = {
    stroke: colours.text,
    font,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
  };
  const hasYears = points.some(({ tick }) => tick.includes('\n'));
  return new uPlot(
    {
      width: target.clientWidth,
      height: target.clientHeight,
      padding: [12, 28, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { size: 8, width: 2, stroke: colours.surface },
      },
      scales: {
        x: { time: false, range: () => [0, Math.max(1, points.length - 1)] },
        y: { range: (_, __, max) => [0, Math.max(4, max * 1.08)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: hasYears ? 44 : 30,
          gap: 6,
          splits: (plot) => ticksOf(points.length, Math.floor(plot.width / TICK_ROOM)),
          values: (_, splits) => splits.map((index) => points[index]?.tick ?? ''),
        },
        {
          ...axis,
          // There are none yet when it first asks, whatever its types say.
          size: (_, values: string[] | null) =>
            14 + 7 * Math.max(1, ...(values ?? []).map((value) => value.length)),
          gap: 6,
          space: 36,
          incrs: COUNTS,
          values: (_, splits) => splits.map(writeCount),
        },
      ],
      series: [{}, ...lines.flatMap((line, index) => seriesOf(line, index, options))],
      hooks: {
        drawClear: [(plot) => hatchPartial(plot, points, colours)],
        setCursor: [
          (plot) => {
            const { idx, left } = plot.cursor;
            const isInside = typeof idx === 'number' && left !== undefined && left >= 0;
            onCursor(
              isInside
                ? { index: idx, left: plot.valToPos(idx, 'x') + plot.over.offsetLeft, width: plot.width }
                : null,
            );
          },
        ],
      },
    },
    dataOf(lines, points),
    target,
  );
}

/** What a chart draws of `lines`. */
export function dataOf(lines: readonly Line[], points: readonly Point[]): uPlot.AlignedData {
  return [
    points.map((_, index) => index),
    ...lines.flatMap((line) => {
      const { whole, partial } = splitAtPartial(line.values, points);
      return [[...line.previous], whole, partial];
    }),
  ];
}

/** The period before, behind; the complete part; the part that is not. */
function seriesOf(line: Line, index: number, { points, colours }: PlotOptions): uPlot.Series[] {
  const stroke = colours.series[line.colour];
  const mixed = (percent: number) => `color-mix(in srgb, ${stroke} ${percent}%, transparent)`;
  // The first line stands on a ground, the others on dots: they are told apart without their colours too.
  const isFirst = index === 0;
  const fill = isFirst ? (plot: uPlot) => groundOf(plot, mixed(20), mixed(2)) : undefined;
  const open = points.flatMap(({ isPartial }, at) => (isPartial ? [at] : []));
  return [
    { stroke: mixed(60), width: 1.25, dash: [2, 4], points: { show: false } },
    {
      stroke,
      width: 2,
      ...(fill && { fill }),
      points: { show: !isFirst, size: 6, width: 1, fill: stroke },
    },
    {
      stroke,
      width: 2,
      dash: [6, 4],
      ...(fill && { fill }),
      points: { show: true, filter: () => open, size: 8, width: 2, fill: colours.surface, stroke },
    },
  ];
}

function groundOf(plot: uPlot, top: string, bottom: string): CanvasGradient | string {
  // Before the first layout there is nothing to go from and to.
  if (!Number.isFinite(plot.bbox.height) || plot.bbox.height <= 0) return bottom;
  const gradient = plot.ctx.createLinearGradient(0, plot.bbox.top, 0, plot.bbox.top + plot.bbox.height);
  gradient.addColorStop(0, top);
  gradient.addColorStop(1, bottom);
  return gradient;
}

/** Stripes behind what is not complete. */
function hatchPartial(plot: uPlot, points: readonly Point[], { grid }: Colours): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  points.forEach(({ isPartial }, index) => {
    if (!isPartial) return;
    const from = Math.max(bbox.left, plot.valToPos(index - 0.5, 'x', true));
    const to = Math.min(bbox.left + bbox.width, plot.valToPos(index + 0.5, 'x', true));
    if (to <= from) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, to - from, bbox.height);
    ctx.clip();
    ctx.strokeStyle = grid;
    ctx.lineWidth = ratio;
    ctx.beginPath();
    for (let x = from - bbox.height; x < to; x += 7 * ratio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  });
}
