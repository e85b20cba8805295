import * as Plot from '@observablehq/plot'
import { MICRO } from '../../../core/units/index.ts'
import { date, timeAxis, valueAxis } from '../axis.ts'
import type { ReportData } from '../data.ts'
import { type Caption, draw, drawEach, legend } from '../draw.ts'
import { count, counted, duration, fixed } from '../format.ts'
import { nothing } from '../html.ts'
import { emptyState, type Panel } from '../panel.ts'
import { color } from '../theme.ts'

type Row = { time: Date; up: number; down: number; low: number; high: number; unpaired: number }

/** Panel 7: shares held of each outcome, and what of them has no partner. */
export function inventory(data: ReportData): Panel {
  const base = { id: 'inventory', title: 'Inventory', span: 'half' as const }
  const { rows, bucket_us, points } = data.inventory
  if (!points.some((p) => p.up !== 0 || p.down !== 0 || p.low !== 0 || p.high !== 0)) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState('No share was ever held: nothing was filled.'),
    }
  }
  const table = points.map((p) => ({
    time: date(p.time_us),
    up: p.up / MICRO,
    down: -p.down / MICRO,
    low: p.low / MICRO,
    high: p.high / MICRO,
    unpaired: (p.up - p.down) / MICRO,
  }))
  // Shares are held until the run ends: the last value reaches there.
  const last = table.at(-1)!
  if (last.time.getTime() < data.to_us / 1_000) {
    table.push({ ...last, low: last.unpaired, high: last.unpaired, time: date(data.to_us) })
  }
  const most = data.windows.reduce((a, w) => Math.max(a, w.max_unpaired), 0) / MICRO
  const desc = `At most ${count(Math.max(...table.map((r) => r.up)))} Up and ${count(-Math.min(...table.map((r) => r.down)))} Down shares held; most unpaired in one window ${fixed(most, 1)} shares.`
  return {
    ...base,
    caption: `Shares held in all markets, from ${counted(rows, 'ledger entry', 'ledger entries')}${bucket_us === 0 ? '' : ` in buckets of ${duration(bucket_us)}: last values; the band is the exact range of unpaired`}. Down is drawn below the line. Most unpaired in one window: ${fixed(most, 1)} shares.`,
    legend: legend([
      { label: 'Up held', role: 'up', shape: 'faint' },
      { label: 'Down held', role: 'down', shape: 'faint' },
      { label: 'unpaired: Up less Down', role: 'ink', shape: 'line' },
    ]),
    drawings: drawEach(base.span, { id: base.id, title: base.title, desc }, (width, at) =>
      drawInventory(data, table, width, at),
    ),
    body: nothing,
  }
}

function drawInventory(data: ReportData, rows: Row[], width: number, caption: Caption): string {
  const low = Math.min(0, ...rows.map((r) => Math.min(r.down, r.low)))
  const high = Math.max(0, ...rows.map((r) => Math.max(r.up, r.high)))
  const axis = valueAxis('shares', low, high)
  const step = { x: 'time', curve: 'step-after' } as const
  return draw(
    {
      width,
      height: 270,
      marginLeft: axis.margin,
      marginRight: 16,
      marginTop: 26,
      marginBottom: 34,
      x: timeAxis(data.from_us, data.to_us, width),
      y: axis.scale,
      marks: [
        Plot.areaY(rows, { ...step, y1: 0, y2: 'up', fill: color.up, fillOpacity: 0.38 }),
        Plot.areaY(rows, { ...step, y1: 0, y2: 'down', fill: color.down, fillOpacity: 0.38 }),
        Plot.areaY(rows, { ...step, y1: 'low', y2: 'high', fill: color.ink, fillOpacity: 0.15 }),
        Plot.lineY(rows, { ...step, y: 'unpaired', stroke: color.ink, strokeWidth: 1.2 }),
        Plot.ruleY([0], { stroke: color.muted }),
        Plot.text(['Up'], { frameAnchor: 'top-left', dx: 6, dy: 2, fill: color.up, fontWeight: 600 }),
        Plot.text(['Down'], { frameAnchor: 'bottom-left', dx: 6, dy: -4, fill: color.down, fontWeight: 600 }),
      ],
    },
    caption,
  )
}
