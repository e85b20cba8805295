import * as Plot from '@observablehq/plot'
import { MICRO } from '../../../core/units/index.ts'
import { date, timeAxis, valueAxis } from '../axis.ts'
import type { EquityPoint, ReportData } from '../data.ts'
import { type Caption, draw, drawEach, legend, stack } from '../draw.ts'
import { counted, duration, minute, signedUsdc, usdc } from '../format.ts'
import { nothing } from '../html.ts'
import { emptyState, type Panel } from '../panel.ts'
import { color } from '../theme.ts'

type Row = {
  time: Date
  last: number
  low: number
  high: number
  drawdown: number
}

/** Panel 3: equity, marked at the mid on each decision, and how far it stood below its highest. */
export function equity(data: ReportData): Panel {
  const { rows, bucket_us, points, start } = data.equity
  const base = { id: 'equity', title: 'Equity and drawdown', span: 'full' as const }
  if (points.length === 0) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState('Equity was never recorded: no decision was made.'),
    }
  }
  const last = points.at(-1)!
  const deepest = points.reduce((a, b) => (b.drawdown > a.drawdown ? b : a))
  const desc = `From ${usdc(start)} to ${usdc(last.last)} USDC; deepest drawdown ${usdc(deepest.drawdown)} USDC at ${minute(deepest.time_us)} UTC.`
  const caption = { id: base.id, title: base.title, desc }
  const before = { time_us: data.from_us, last: start, low: start, high: start, drawdown: 0, exposure: 0 }
  const table = [before, ...points].map(inUsdc)
  const drawings = drawEach(base.span, caption, (width, at) =>
    stack(
      [
        drawEquity(data, table, width, { ...at, id: `${at.id}-value`, title: 'Equity' }),
        drawDrawdown(data, table, deepest, width, { ...at, id: `${at.id}-drawdown`, title: 'Drawdown' }),
      ],
      at,
    ),
  )
  const cut =
    bucket_us === 0
      ? `Each of the ${counted(rows, 'recorded value')} is drawn.`
      : `${counted(rows, 'recorded value')} in buckets of ${duration(bucket_us)}: the line is each bucket’s last value, the band its exact lowest and highest; drawdown is each bucket’s deepest.`
  return {
    ...base,
    caption: `All markets together, inventory marked at the mid (the last one where a side was empty). ${cut}`,
    legend: legend([
      { label: 'equity', role: 'ink', shape: 'line' },
      ...(bucket_us === 0 ? [] : [{ label: 'range in a bucket', role: 'ink', shape: 'faint' } as const]),
      { label: 'equity at the start', role: 'muted', shape: 'dashed' },
      { label: 'drawdown', role: 'loss', shape: 'faint' },
      ...(data.halts.length === 0
        ? []
        : [{ label: 'drawdown limit breached', role: 'amber', shape: 'dashed' } as const]),
    ]),
    drawings,
    body: nothing,
  }
}

function drawEquity(data: ReportData, rows: Row[], width: number, caption: Caption): string {
  const axis = equityAxis(data, rows)
  const start = data.equity.start / MICRO
  const end = rows.at(-1)!
  return draw(
    {
      width,
      height: width < 500 ? 200 : 250,
      marginLeft: axis.margin,
      marginRight: width < 500 ? 12 : 62,
      marginBottom: 22,
      marginTop: 26,
      x: { ...timeAxis(data.from_us, data.to_us, width), label: null },
      y: axis.scale,
      marks: [
        Plot.ruleY([start], { stroke: color.muted, strokeDasharray: '4 3' }),
        Plot.areaY(rows, {
          x: 'time',
          y1: 'low',
          y2: 'high',
          fill: color.ink,
          fillOpacity: 0.18,
          curve: 'step-after',
        }),
        Plot.lineY(rows, { x: 'time', y: 'last', stroke: color.ink, strokeWidth: 1.4, curve: 'step-after' }),
        Plot.ruleX(
          data.halts.map((h) => date(h.time_us)),
          { stroke: color.amber, strokeDasharray: '2 2' },
        ),
        Plot.dot([end], { x: 'time', y: 'last', r: 3, fill: color.ink }),
        Plot.text([end], {
          x: 'time',
          y: 'last',
          text: () => signedUsdc(data.equity.points.at(-1)!.last - data.equity.start),
          textAnchor: width < 500 ? 'end' : 'start',
          dx: width < 500 ? -2 : 7,
          dy: width < 500 ? -10 : 0,
          fill: color.ink,
          fontWeight: 600,
          stroke: color.paper,
          strokeWidth: 4,
        }),
      ],
    },
    caption,
  )
}

function drawDrawdown(
  data: ReportData,
  rows: Row[],
  deepest: EquityPoint,
  width: number,
  caption: Caption,
): string {
  const axis = valueAxis('drawdown, USDC', 0, Math.max(deepest.drawdown / MICRO, 0.01), {
    ticks: 3,
    reverse: true,
  })
  const middle = (data.from_us + data.to_us) / 2
  return draw(
    {
      width,
      height: 122,
      marginLeft: Math.max(axis.margin, equityAxis(data, rows).margin),
      marginRight: width < 500 ? 12 : 62,
      marginTop: 24,
      marginBottom: 34,
      x: timeAxis(data.from_us, data.to_us, width),
      y: axis.scale,
      marks: [
        Plot.areaY(rows, {
          x: 'time',
          y1: 0,
          y2: 'drawdown',
          fill: color.loss,
          fillOpacity: 0.3,
          curve: 'step-after',
        }),
        Plot.lineY(rows, {
          x: 'time',
          y: 'drawdown',
          stroke: color.loss,
          strokeWidth: 1,
          curve: 'step-after',
        }),
        Plot.ruleY([0], { stroke: color.muted }),
        ...(deepest.drawdown > 0
          ? [
              Plot.text([inUsdc(deepest)], {
                x: 'time',
                y: 'drawdown',
                text: () => `deepest ${usdc(deepest.drawdown)}`,
                textAnchor: deepest.time_us < middle ? 'start' : 'end',
                dx: deepest.time_us < middle ? 6 : -6,
                dy: -5,
                fill: color.ink,
                stroke: color.paper,
                strokeWidth: 4,
              }),
            ]
          : []),
      ],
    },
    caption,
  )
}

/** The drawdown's time axis must lie under the equity's: both ask here how wide the labels are. */
function equityAxis(data: ReportData, rows: Row[]): ReturnType<typeof valueAxis> {
  const start = data.equity.start / MICRO
  const low = Math.min(start, ...rows.map((r) => r.low))
  const high = Math.max(start, ...rows.map((r) => r.high))
  return valueAxis('equity, USDC', low, high)
}

function inUsdc(point: EquityPoint): Row {
  return {
    time: date(point.time_us),
    last: point.last / MICRO,
    low: point.low / MICRO,
    high: point.high / MICRO,
    drawdown: point.drawdown / MICRO,
  }
}
