import * as Plot from '@observablehq/plot'
import { SECOND } from '../../../core/units/index.ts'
import { date, timeAxis } from '../axis.ts'
import type { ReportData } from '../data.ts'
import { type Caption, draw, drawEach, legend } from '../draw.ts'
import { clock, count, counted, duration, fixed, minute } from '../format.ts'
import { type Html, html } from '../html.ts'
import { columns, details, nothingIf, type Panel, table } from '../panel.ts'
import { color } from '../theme.ts'
import { className, policySentence } from '../words.ts'

/** Rows of the table of gaps. */
const ROWS_MAX = 40

/** Panel 12: when the tape was blind, under the windows it concerns. */
export function gaps(data: ReportData): Panel {
  const base = { id: 'gaps', title: 'Gaps of the tape', span: 'full' as const }
  const { intervals, total, source } = data.gaps
  const { count: n, seconds, policy, known: ledger, hidden } = data.run.gaps
  const known =
    source === 'none' && n > 0
      ? ' Where they lie is not drawn: the dataset is no longer at the path that the run remembers, or has changed.'
      : source === 'dataset'
        ? ' Drawn from the gap ledger of the dataset.'
        : ''
  const cut =
    total > intervals.length ? ` The ${count(intervals.length)} longest of ${count(total)} are drawn.` : ''
  const blind = data.run.gap_fills
  const desc = `${counted(n, 'gap')}, ${fixed(seconds, 0)} seconds in all.`
  return {
    ...base,
    caption: `${counted(n, 'gap')}, ${duration(seconds * SECOND)} in all, each market counted for itself; the data know ${count(ledger.count)}${hidden.count > 0 ? `, of which gap_s hid ${count(hidden.count)} from the run` : ''}. Policy ${policy}: ${policySentence(policy)}${blind > 0 ? ` ${counted(blind, 'fill')} came that way.` : ''}${known}${cut}`,
    legend: legend([
      { label: 'window', role: 'market', shape: 'faint' },
      ...(intervals.some((g) => g.market === null)
        ? [{ label: 'gap of the whole feed', role: 'loss', shape: 'box' } as const]
        : []),
      ...(intervals.some((g) => g.market !== null)
        ? [{ label: 'gap of one market', role: 'amber', shape: 'box' } as const]
        : []),
    ]),
    drawings: Number.isNaN(data.from_us)
      ? []
      : drawEach(base.span, { id: base.id, title: base.title, desc }, (width, at) =>
          drawStrip(data, width, at),
        ),
    body: nothingIf(intervals.length === 0, () => gapTable(data)),
  }
}

const ROWS = ['windows', 'feed gaps', 'market gaps'] as const

function drawStrip(data: ReportData, width: number, caption: Caption): string {
  const windows = data.windows.map((w, i) => ({
    row: 'windows' as const,
    from: date(w.start_us),
    to: date(w.end_us),
    shade: i % 2,
    title: `${w.slug}\n${minute(w.start_us)} to ${minute(w.end_us)} UTC, ${className(w.class)}`,
  }))
  const strips = data.gaps.intervals.map((g) => ({
    row: g.market === null ? ('feed gaps' as const) : ('market gaps' as const),
    from: date(g.start_us),
    to: date(g.end_us),
    title: `${clock(g.start_us)}, ${duration(g.end_us - g.start_us)}${g.cause === '' ? '' : `: ${g.cause}`}`,
  }))
  const rows = ROWS.filter((row) => row === 'windows' || strips.some((s) => s.row === row))
  return draw(
    {
      width,
      height: 30 * rows.length + 44,
      marginLeft: 82,
      marginRight: 16,
      marginTop: 6,
      marginBottom: 36,
      x: timeAxis(data.from_us, data.to_us, width),
      y: { domain: [...rows], label: null, padding: 0.25 },
      marks: [
        Plot.axisY({ tickSize: 0, tickPadding: 8 }),
        Plot.barX(windows, {
          y: 'row',
          x1: 'from',
          x2: 'to',
          fill: color.market,
          fillOpacity: (w: { shade: number }) => (w.shade === 0 ? 0.3 : 0.5),
          title: 'title',
        }),
        Plot.barX(strips, {
          y: 'row',
          x1: 'from',
          x2: 'to',
          fill: (s: { row: string }) => (s.row === 'feed gaps' ? color.loss : color.amber),
          stroke: (s: { row: string }) => (s.row === 'feed gaps' ? color.loss : color.amber),
          strokeWidth: 0.8,
          title: 'title',
        }),
      ],
    },
    caption,
  )
}

function gapTable(data: ReportData): Html {
  const longest = [...data.gaps.intervals]
    .sort((a, b) => b.end_us - b.start_us - (a.end_us - a.start_us))
    .slice(0, ROWS_MAX)
  const rows = longest.map((g) => [
    clock(g.start_us),
    clock(g.end_us),
    duration(g.end_us - g.start_us),
    g.market === null ? 'whole feed' : (data.run.markets[g.market]?.slug ?? `market ${g.market}`),
    g.cause === '' ? '–' : g.cause,
  ])
  return details(
    longest.length < data.gaps.intervals.length
      ? `Table of the ${count(longest.length)} longest gaps`
      : `Table of ${counted(longest.length, 'gap')}`,
    html`${table('Gaps, longest first', columns('from, UTC', 'to', '#length', 'of', 'cause'), rows)}`,
  )
}
