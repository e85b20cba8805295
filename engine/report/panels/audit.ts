import * as Plot from '@observablehq/plot'
import { BLOCKS_MIN } from '../../luck/index.ts'
import type { Audit, AuditFile, Cell } from '../audit-file.ts'
import { isIn, rowKind, rowName, rowsIn, rowTitle } from '../audit-rows.ts'
import type { ReportData } from '../data.ts'
import { type Caption, draw, drawEach, legend } from '../draw.ts'
import { count, counted, fixed, signed } from '../format.ts'
import { html } from '../html.ts'
import { emptyState, type Panel } from '../panel.ts'
import { color } from '../theme.ts'

/** From this width on, latencies stand beside each other and the controls beside them. */
const WIDE_PX = 900
const ROW_PX = 54
const HEAD_PX = 20
/** A line of the list of controls, and the width of that list. */
const LINE_PX = 22
const CONTROLS_PX = 250
/** Places of impure code that are named. */
const PLACES_MAX = 6
/** Strength of a cell's colour: the largest result, and the smallest that is none. */
const STRONGEST = 0.4
const WEAKEST = 0.08

const COLORS: Readonly<Record<Cell['sign'], string>> = {
  gain: color.gain,
  loss: color.loss,
  unclear: color.muted,
  idle: color.muted,
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
      (cell) =>
        `${rowName(cell)} ${rowKind(cell)} at ${cell.latency_ms} ms ${signed(cell.net_pnl_usdc, 2)} ${range(cell)}`,
    ),
    ...controls.map((one) => `${one.strategy} ${signed(one.net_pnl_usdc, 2)}`),
  ].join(', ')
  const runs = cells.length + controls.reduce((sum, one) => sum + one.seeds.length, 0)
  const title = found.depends_on.replace(/\.$/, '')
  return {
    ...base,
    title,
    caption: `Net PnL in USDC of the same run, its ${percentOf(run.net_pnl_interval_usdc)} interval over windows below it, under other ${rowKind(cells[0]!)} and latencies, each to the venue and as much back. Colour where the interval leaves out 0. ${run.cell ? 'The outlined cell is the run itself.' : `The run itself, ${run.fill} with ${run.entry_latency_ms} ms to the venue and ${run.response_latency_ms} ms back, is none of these cells.`} Beside them, under the run’s own fills and latency, controls without an opinion, also as if they had traded the run’s volume. ${counted(runs, 'run')} in one pass over the tape; they are one tape seen so often, not so many tapes.`,
    legend: legend([
      { label: 'profit', role: 'gain', shape: 'faint' },
      { label: 'loss', role: 'loss', shape: 'faint' },
      { label: 'not to be told from luck', role: 'muted', shape: 'faint' },
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
    ? controlLabels(found, width - CONTROLS_PX, width, 0)
    : controlLabels(found, 0, width, bottom + 16)
  const most = Math.max(...found.cells.map((cell) => Math.abs(cell.net_pnl_usdc)))
  const digits = boxes[0]!.width < 72 && most >= 1_000 ? 0 : 2
  const middle = (box: Box) => box.x + box.width / 2
  const pixels = { axis: null, type: 'linear' } as const
  const beneath = HEAD_PX + LINE_PX * lines(found).length
  const height = wide ? Math.max(bottom, beneath) : bottom + 16 + beneath
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
          fill: (box: Box) => COLORS[box.cell.sign],
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
          y: (box: Box) => box.y + 27,
          text: (box: Box) => range(box.cell),
          fill: color.ink,
        }),
        Plot.text(boxes, {
          x: middle,
          y: (box: Box) => box.y + 41,
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

/** Assumptions below one another, latencies beside one another. */
function across(found: Audit, width: number): Layout {
  const left = 84
  const right = width - CONTROLS_PX - 48
  const latencies = latenciesOf(found)
  const rows = rowsIn(found.cells)
  const step = (right - left) / latencies.length
  return {
    boxes: boxesOf(found, step, (cell) => ({
      x: left + step * latencies.indexOf(cell.latency_ms),
      y: HEAD_PX + ROW_PX * rows.findIndex((row) => isIn(cell, row)),
    })),
    labels: [
      ...latencies.map((ms, i) =>
        label(left + step * (i + 0.5), HEAD_PX / 2, `${count(ms)} ms`, 'middle', true),
      ),
      ...rows.map((row, i) => label(0, HEAD_PX + ROW_PX * (i + 0.5), rowTitle(row), 'start', false)),
    ],
    bottom: HEAD_PX + ROW_PX * rows.length,
  }
}

/** Latencies below one another, assumptions beside one another. */
function down(found: Audit, width: number): Layout {
  const left = 58
  const latencies = latenciesOf(found)
  const rows = rowsIn(found.cells)
  const step = (width - left) / rows.length
  return {
    boxes: boxesOf(found, step, (cell) => ({
      x: left + step * rows.findIndex((row) => isIn(cell, row)),
      y: HEAD_PX + ROW_PX * latencies.indexOf(cell.latency_ms),
    })),
    labels: [
      ...rows.map((row, i) => label(left + step * (i + 0.5), HEAD_PX / 2, rowTitle(row), 'middle', true)),
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
    const told = cell.sign === 'gain' || cell.sign === 'loss'
    const size = told ? Math.abs(cell.net_pnl_usdc) / most : 0
    return {
      ...place(cell),
      width,
      cell,
      own: run.cell && isIn(cell, run) && cell.latency_ms === run.entry_latency_ms,
      strength: cell.sign === 'idle' ? 0 : WEAKEST + (STRONGEST - WEAKEST) * size,
    }
  })
}

/** The run and the controls, a line each, and for those of several seeds their spread and what they make at the run's volume. */
function lines({ run, controls }: Audit): [name: string, value: string, note: string][] {
  return [
    [shortName(run.strategy), money(run.net_pnl_usdc), counted(run.fills, 'fill')],
    ...controls.flatMap((one): [string, string, string][] => {
      const { seeds, mean, sd, scaled_mean, scaled_sd } = one
      const name =
        seeds.length > 1 ? `${shortName(one.strategy)}, ${seeds.length} seeds` : shortName(one.strategy)
      const first: [string, string, string] = [name, money(mean), counted(one.fills, 'fill')]
      if (seeds.length === 1) return [first]
      return [
        first,
        ['standard deviation', fixed(sd, 2), ''],
        ['at the run’s volume', money(scaled_mean), ''],
        ['standard deviation', fixed(scaled_sd, 2), ''],
      ]
    }),
  ]
}

/** Names to the left, numbers to the right. */
function controlLabels(found: Audit, left: number, right: number, top: number): Label[] {
  return [
    label(left, top + HEAD_PX / 2, 'under its own fills and latency', 'start', true),
    ...lines(found).flatMap(([name, value, note], i) => {
      const y = top + HEAD_PX + LINE_PX * (i + 0.5)
      return [
        label(left, y, name, 'start', false),
        label(right - 62, y, value, 'end', false),
        label(right, y, note, 'end', true),
      ]
    }),
  ]
}

function label(x: number, y: number, text: string, anchor: Label['anchor'], quiet: boolean): Label {
  return { x, y, text, anchor, quiet }
}

/** An interval in whole USDC where cents of it would say nothing; nothing where there is none to show. */
function range({ net_pnl_interval_usdc: { low, high, blocks } }: Cell): string {
  if (low === null || high === null || blocks < BLOCKS_MIN) return ''
  const digits = Math.max(Math.abs(low), Math.abs(high)) < 100 ? 2 : 0
  return `[${signed(low, digits)}, ${signed(high, digits)}]`
}

function percentOf({ level }: Cell['net_pnl_interval_usdc']): string {
  return `${count(100 * level)} %`
}

function money(usdc: number): string {
  return signed(usdc, 2)
}

function shortName(strategy: string): string {
  return strategy.length > 18 ? `${strategy.slice(0, 17)}…` : strategy
}

function latenciesOf({ cells }: Audit): number[] {
  return [...new Set(cells.map((cell) => cell.latency_ms))].sort((a, b) => a - b)
}
