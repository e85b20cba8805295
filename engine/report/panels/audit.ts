import * as Plot from '@observablehq/plot'
import type { Audit, AuditFile, Cell } from '../audit-file.ts'
import type { ReportData } from '../data.ts'
import { type Caption, draw, drawEach, legend } from '../draw.ts'
import { count, counted, fixed, signed } from '../format.ts'
import { html } from '../html.ts'
import { emptyState, type Panel } from '../panel.ts'
import { color } from '../theme.ts'

/** From this width on, latencies stand beside each other and the controls beside them. */
const WIDE_PX = 640
const ROW_PX = 40
const HEAD_PX = 20
/** Places of impure code that are named. */
const PLACES_MAX = 6
/** Strength of a cell's colour: the largest result, and the smallest that is none. */
const STRONGEST = 0.4
const WEAKEST = 0.08

const FILLS: Readonly<Record<string, string>> = {
  'queue-pessimistic': 'pessimistic',
  'queue-neutral': 'neutral',
  'queue-optimistic': 'optimistic',
}

/** The flattery audit: the same run under other fills and latencies, and what its profit depends on. */
export function audit(data: ReportData): Panel {
  const base = { id: 'audit', link: 'Flattery audit', title: 'Flattery audit', span: 'full' as const }
  const found = data.audit
  if (found === null || 'failed' in found) {
    return { ...base, caption: '', legend: legend([]), drawings: [], body: missing(found) }
  }
  const { run, cells, controls, notes } = found
  const desc = [
    ...cells.map(
      (cell) => `${fillName(cell.fill)} fills at ${cell.latency_ms} ms ${signed(cell.net_pnl_usdc, 2)}`,
    ),
    ...controls.map((one) => `${one.strategy} ${signed(one.net_pnl_usdc, 2)}`),
  ].join(', ')
  const title = found.depends_on.replace(/\.$/, '')
  return {
    ...base,
    title,
    caption: `Net PnL in USDC of the same run under other fills and latencies, each to the venue and as much back. ${run.cell ? 'The outlined cell is the run itself.' : `The run itself, ${run.fill} with ${run.entry_latency_ms} ms to the venue and ${run.response_latency_ms} ms back, is none of these cells.`} Beside them, under the run’s own fills and latency, controls without an opinion. ${counted(cells.length + controls.length, 'run')} in one pass over the tape.`,
    legend: legend([
      { label: 'profit', role: 'gain', shape: 'faint' },
      { label: 'loss', role: 'loss', shape: 'faint' },
    ]),
    drawings: drawEach(base.span, { id: base.id, title, desc: `${desc} USDC.` }, (width, at) =>
      drawTable(found, width, at),
    ),
    body: html`${[...notes, ...lookAhead(found)].map((note) => html`<p>${note}</p>`)}`,
  }
}

/** What the look-ahead detector says of the strategy, where it was asked. */
function lookAhead({ look_ahead: found }: Audit): string[] {
  if (found === undefined) return []
  const { decisions_checked, impure } = found
  const places = impure.map(({ file, line, what }) => `${what} (${file}:${line})`)
  const list = places.slice(0, PLACES_MAX).join(', ')
  return [
    `Looking ahead: of ${counted(decisions_checked, 'decision')} none changed when what came after was taken away or replaced.`,
    ...(impure.length === 0
      ? []
      : [
          `The strategy’s files ask for what a strategy may not know: ${list}${places.length > PLACES_MAX ? ` and ${count(places.length - PLACES_MAX)} more` : ''}.`,
        ]),
  ]
}

function missing(found: Exclude<AuditFile, Audit> | null) {
  if (found !== null) {
    const { message, fix } = found.failed
    return html`<p class="alarm">The audit of this run failed: ${message}. To mend it: ${fix}.</p>`
  }
  return emptyState(
    'No audit was made of this run, so nothing here says how much of the result the fill model gives away. engine audit RUN makes it, engine report RUN then draws it.',
  )
}

/** A rectangle of the drawing in pixels, its number and the word below it. */
type Box = { x: number; y: number; width: number; cell: Cell; own: boolean; strength: number }
/** A text of the drawing in pixels. */
type Label = { x: number; y: number; text: string; anchor: 'start' | 'middle' | 'end'; quiet: boolean }

function drawTable(found: Audit, width: number, caption: Caption): string {
  const wide = width >= WIDE_PX
  const { boxes, labels, bottom } = wide ? across(found, width) : down(found, width)
  const beside = wide
    ? controlLabels(found, width - controlsWidth(width), width, 0)
    : controlLabels(found, 0, width, bottom + 16)
  const most = Math.max(...found.cells.map((cell) => Math.abs(cell.net_pnl_usdc)))
  const digits = boxes[0]!.width < 72 && most >= 1_000 ? 0 : 2
  const middle = (box: Box) => box.x + box.width / 2
  const pixels = { axis: null, type: 'linear' } as const
  const height = wide ? bottom : bottom + 16 + HEAD_PX + 22 * (found.controls.length + 1)
  return draw(
    {
      width,
      height,
      margin: 0,
      x: { ...pixels, domain: [0, width], range: [0, width] },
      y: { ...pixels, domain: [0, height], range: [0, height] },
      marks: [
        Plot.rect(boxes, {
          x1: (box: Box) => box.x + 1,
          x2: (box: Box) => box.x + box.width - 1,
          y1: (box: Box) => box.y + 1,
          y2: (box: Box) => box.y + ROW_PX - 1,
          fill: (box: Box) => (box.cell.net_pnl_usdc > 0 ? color.gain : color.loss),
          fillOpacity: (box: Box) => box.strength,
        }),
        Plot.rect(
          boxes.filter((box) => box.own),
          {
            x1: (box: Box) => box.x + 2,
            x2: (box: Box) => box.x + box.width - 2,
            y1: (box: Box) => box.y + 2,
            y2: (box: Box) => box.y + ROW_PX - 2,
            fill: 'none',
            stroke: color.ink,
            strokeWidth: 2,
          },
        ),
        Plot.text(boxes, {
          x: middle,
          y: (box: Box) => box.y + 14,
          text: (box: Box) => signed(box.cell.net_pnl_usdc, digits),
          fill: color.ink,
          fontWeight: 600,
        }),
        Plot.text(boxes, {
          x: middle,
          y: (box: Box) => box.y + 28,
          text: (box: Box) => counted(box.cell.fills, 'fill'),
          fill: color.ink,
        }),
        ...(['start', 'middle', 'end'] as const).flatMap((anchor) =>
          [false, true].map((quiet) =>
            Plot.text(
              [...labels, ...beside].filter((one) => one.anchor === anchor && one.quiet === quiet),
              {
                x: 'x',
                y: 'y',
                text: 'text',
                textAnchor: anchor,
                fill: quiet ? color.muted : color.ink,
              },
            ),
          ),
        ),
      ],
    },
    caption,
  )
}

type Layout = { boxes: Box[]; labels: Label[]; bottom: number }

/** Models below one another, latencies beside one another. */
function across(found: Audit, width: number): Layout {
  const left = 84
  const right = width - controlsWidth(width) - (width < 900 ? 20 : 48)
  const latencies = latenciesOf(found)
  const fills = fillsOf(found)
  const step = (right - left) / latencies.length
  return {
    boxes: boxesOf(found, step, (cell) => ({
      x: left + step * latencies.indexOf(cell.latency_ms),
      y: HEAD_PX + ROW_PX * fills.indexOf(cell.fill),
    })),
    labels: [
      ...latencies.map((ms, i) =>
        label(left + step * (i + 0.5), HEAD_PX / 2, `${count(ms)} ms`, 'middle', true),
      ),
      ...fills.map((fill, i) => label(0, HEAD_PX + ROW_PX * (i + 0.5), fillName(fill), 'start', false)),
    ],
    bottom: HEAD_PX + ROW_PX * fills.length,
  }
}

/** Latencies below one another, models beside one another. */
function down(found: Audit, width: number): Layout {
  const left = 58
  const latencies = latenciesOf(found)
  const fills = fillsOf(found)
  const step = (width - left) / fills.length
  return {
    boxes: boxesOf(found, step, (cell) => ({
      x: left + step * fills.indexOf(cell.fill),
      y: HEAD_PX + ROW_PX * latencies.indexOf(cell.latency_ms),
    })),
    labels: [
      ...fills.map((fill, i) => label(left + step * (i + 0.5), HEAD_PX / 2, fillName(fill), 'middle', true)),
      ...latencies.map((ms, i) => label(0, HEAD_PX + ROW_PX * (i + 0.5), `${count(ms)} ms`, 'start', false)),
    ],
    bottom: HEAD_PX + ROW_PX * latencies.length,
  }
}

function boxesOf(
  { cells, run }: Audit,
  width: number,
  place: (cell: Cell) => { x: number; y: number },
): Box[] {
  const most = Math.max(...cells.map((cell) => Math.abs(cell.net_pnl_usdc)))
  return cells.map((cell) => {
    const size = most === 0 ? 0 : Math.abs(cell.net_pnl_usdc) / most
    return {
      ...place(cell),
      width,
      cell,
      own: run.cell && cell.fill === run.fill && cell.latency_ms === run.entry_latency_ms,
      strength: size === 0 ? 0 : WEAKEST + (STRONGEST - WEAKEST) * size,
    }
  })
}

/** The run and the controls, one a line: names to the left, numbers to the right. */
function controlLabels({ run, controls }: Audit, left: number, right: number, top: number): Label[] {
  const rows = [{ strategy: run.strategy, net_pnl_usdc: run.net_pnl_usdc, fills: run.fills }, ...controls]
  return [
    label(left, top + HEAD_PX / 2, 'under its own fills and latency', 'start', true),
    ...rows.flatMap(({ strategy, net_pnl_usdc, fills }, i) => {
      const y = top + HEAD_PX + 14 + 22 * i
      return [
        label(left, y, strategy.length > 18 ? `${strategy.slice(0, 17)}…` : strategy, 'start', false),
        label(
          right - 62,
          y,
          fixed(net_pnl_usdc, 2) === '0.00' ? '0.00' : signed(net_pnl_usdc, 2),
          'end',
          false,
        ),
        label(right, y, counted(fills, 'fill'), 'end', true),
      ]
    }),
  ]
}

function label(x: number, y: number, text: string, anchor: Label['anchor'], quiet: boolean): Label {
  return { x, y, text, anchor, quiet }
}

function controlsWidth(width: number): number {
  return width < 900 ? 206 : 250
}

function fillName(fill: string): string {
  return FILLS[fill] ?? fill
}

function latenciesOf({ cells }: Audit): number[] {
  return [...new Set(cells.map((cell) => cell.latency_ms))].sort((a, b) => a - b)
}

function fillsOf({ cells }: Audit): string[] {
  return [...new Set(cells.map((cell) => cell.fill))]
}
