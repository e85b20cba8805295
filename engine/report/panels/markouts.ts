import type { Horizon, ReportData } from '../data.ts'
import { drawEach, legend } from '../draw.ts'
import { count, counted, fixed, percent, signed } from '../format.ts'
import { type Html, html } from '../html.ts'
import { columns, emptyState, type Panel, table } from '../panel.ts'
import { drawRidges, type Ridge, type RidgeAxis } from './ridges.ts'

/** Ticks of 1e-4 USDC in one cent. */
const CENT = 100
/** Standard errors on each side of a mean that make its 95 % interval. */
const INTERVAL = 1.96

/** Panel 8: where the mid went after each maker fill, towards us or against. */
export function markouts(data: ReportData): Panel {
  const base = { id: 'markouts', title: 'Markouts of maker fills', span: 'half' as const }
  const { fills, failed, gap_fills, horizons, bin, bound } = data.markouts
  if (fills === 0) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState('No resting order was filled: there is nothing to mark.'),
    }
  }
  const desc = horizons.map((h) => `${name(h)}: mean ${cents(h.mean)} cents, n ${count(h.n)}`).join('; ')
  const ridges = horizons.map((h) => toRidge(h, bin, bound))
  return {
    ...base,
    caption: `Mid of the fill’s own token after 1, 5, 10 and 30 s less the fill price, towards us, in cents a share; “at fill” is the mid just before. A share bought below the mid starts positive; what the others knew takes it back. ${counted(fills, 'fill')}${gap_fills > 0 ? `, ${count(gap_fills)} of them granted after a gap` : ''}${failed > 0 ? `; ${counted(failed, 'failed fill')} left out` : ''}. The outermost bars hold what lies beyond.`,
    legend: legend([
      { label: 'share of fills', role: 'market', shape: 'faint' },
      { label: 'mean and 95 % interval, windows as clusters', role: 'ink', shape: 'dot' },
    ]),
    drawings: drawEach(base.span, { id: base.id, title: base.title, desc: `${desc}.` }, (width, at) =>
      drawRidges(ridges, toAxis(bin, bound, width), width, width < 400 ? 84 : 100, at),
    ),
    body: numbers(horizons),
  }
}

function toRidge(h: Horizon, bin: number, bound: number): Ridge {
  const at = (ticks: number): number => Math.min(Math.max((ticks + bound) / bin, 0), h.bins.length)
  const half = INTERVAL * h.se
  return {
    name: name(h),
    note:
      h.n === 0
        ? 'no mid'
        : Number.isNaN(h.se)
          ? cents(h.mean)
          : `${cents(h.mean)} ± ${fixed(half / CENT, 2)}`,
    counts: h.bins,
    role: 'market',
    mean:
      h.n === 0
        ? null
        : {
            at: at(h.mean),
            low: at(Number.isNaN(half) ? h.mean : h.mean - half),
            high: at(Number.isNaN(half) ? h.mean : h.mean + half),
          },
  }
}

function toAxis(bin: number, bound: number, width: number): RidgeAxis {
  const bins = (2 * bound) / bin
  const parts = width < 400 ? 4 : 8
  const ticks = Array.from({ length: parts + 1 }, (_, i) => {
    const at = (bins * i) / parts
    const value = (at * bin - bound) / CENT
    return {
      at,
      label: signed(value, Number.isInteger((bound * 2) / parts / CENT) ? 0 : bound < 4 * CENT ? 2 : 1),
    }
  })
  return { bins, label: 'cents a share', ticks, zero: bins / 2 }
}

function numbers(horizons: readonly Horizon[]): Html {
  const heads = columns(
    'after',
    '#n',
    '#no mid',
    '#mean',
    '#s.e.',
    '#by size',
    '#5 %',
    '#median',
    '#95 %',
    '#> 0',
  )
  const rows = horizons.map((h) => [
    name(h),
    count(h.n),
    count(h.missing),
    cents(h.mean),
    fixed(h.se / CENT, 3),
    cents(h.weighted_mean),
    cents(h.p5),
    cents(h.median),
    cents(h.p95),
    percent(h.positive, h.n, 0),
  ])
  const clusters = Math.max(...horizons.map((h) => h.clusters))
  return html`${table('Markouts by horizon', heads, rows)}<p>Cents a share. The standard error takes the ${counted(clusters, 'window')} with fills as independent, not the fills in them; “by size” weighs each fill by its size; “no mid”: a side of the book was empty then, or the tape had ended.</p>`
}

function name(h: Horizon): string {
  return h.seconds === 0 ? 'at fill' : `${h.seconds} s`
}

function cents(ticks: number): string {
  return signed(ticks / CENT, 2)
}
