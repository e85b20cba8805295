import * as Plot from '@observablehq/plot'
import { type Caption, draw } from '../draw.ts'
import { color, type Role } from '../theme.ts'

/** One histogram of a column of them: its name on the left, its numbers in words on the right. */
export type Ridge = {
  name: string
  note: string
  counts: readonly number[]
  role: Role
  /** A mean with its interval, in bins from the left edge. */
  mean: { low: number; at: number; high: number } | null
}

/** What the bins mean: labels at edges (in bins from the left), and a line at zero. */
export type RidgeAxis = {
  bins: number
  label: string
  ticks: readonly { at: number; label: string }[]
  zero: number | null
}

/** Part of a row's height that its tallest bar takes. */
const TALLEST = 0.78

/** Draw histograms below one another over the same bins. Each row's bars are shares of that row. */
export function drawRidges(
  ridges: readonly Ridge[],
  axis: RidgeAxis,
  width: number,
  noteWidth: number,
  caption: Caption,
): string {
  const bars = ridges.flatMap((ridge, row) => {
    const most = Math.max(...ridge.counts)
    return ridge.counts.flatMap((n, bin) =>
      n === 0 ? [] : [{ row, bin, top: (TALLEST * n) / most, role: ridge.role, n, name: ridge.name }],
    )
  })
  const rows = ridges.map((ridge, row) => ({ ...ridge, row }))
  const means = rows.flatMap((r) => (r.mean === null ? [] : [{ row: r.row, ...r.mean }]))
  const bottom = (d: { row: number }): number => -d.row - 1
  return draw(
    {
      width,
      height: 44 * ridges.length + 40,
      marginLeft: width < 400 ? 78 : 92,
      marginRight: noteWidth,
      marginTop: 4,
      marginBottom: 36,
      x: {
        domain: [0, axis.bins],
        ticks: axis.ticks.map((t) => t.at),
        tickFormat: (at: number) => axis.ticks.find((t) => t.at === at)!.label,
        label: axis.label,
        labelArrow: 'none',
      },
      y: { domain: [-ridges.length, 0], axis: null },
      marks: [
        Plot.ruleY(rows, { y: bottom, stroke: color.rule }),
        Plot.rect(bars, {
          x1: 'bin',
          x2: (d: { bin: number }) => d.bin + 1,
          y1: bottom,
          y2: (d: { row: number; top: number }) => -d.row - 1 + d.top,
          fill: (d: { role: Role }) => color[d.role],
          fillOpacity: 0.62,
          insetLeft: 0.5,
          insetRight: 0.5,
          title: (d: { name: string; n: number }) => `${d.name}: ${d.n}`,
        }),
        ...(axis.zero === null ? [] : [Plot.ruleX([axis.zero], { stroke: color.muted })]),
        Plot.ruleY(means, {
          y: (d) => -d.row - 0.5,
          x1: 'low',
          x2: 'high',
          stroke: color.ink,
          strokeWidth: 2,
        }),
        Plot.dot(means, { x: 'at', y: (d) => -d.row - 0.5, r: 3.5, fill: color.ink, stroke: color.paper }),
        Plot.text(rows, {
          y: (d) => -d.row - 0.6,
          frameAnchor: 'left',
          textAnchor: 'end',
          dx: -8,
          text: 'name',
          fill: color.ink,
          lineWidth: 9,
        }),
        Plot.text(rows, {
          y: (d) => -d.row - 0.6,
          frameAnchor: 'right',
          textAnchor: 'end',
          dx: noteWidth - 2,
          text: 'note',
          fill: color.ink,
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    caption,
  )
}
