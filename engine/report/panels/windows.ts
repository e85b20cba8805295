import * as Plot from '@observablehq/plot'
import { ResolutionCode } from '../../../core/machine/records.ts'
import { MICRO } from '../../../core/units/index.ts'
import { valueAxis } from '../axis.ts'
import type { ReportData, Window } from '../data.ts'
import { type Caption, draw, drawEach, legend } from '../draw.ts'
import { count, counted, minute, moment, signedUsdc, usdc } from '../format.ts'
import { html } from '../html.ts'
import { columns, details, emptyState, type Panel, table } from '../panel.ts'
import { color } from '../theme.ts'
import { CLASSES, className } from '../words.ts'

/** Bars drawn at most; more windows are summed by consecutive groups of equal size. */
const BARS_MAX = 240
/** Rows of the table. */
const ROWS_MAX = 500

/** One or more consecutive windows as a bar: net of the resolved, value less cost of the unresolved. */
type Bar = {
  at: number
  windows: number
  net: number
  open: number
  start_us: number
  label: string
  classes: Set<number>
}

/** Panel 5: the result of each window in the order of time, with how its outcome is known. */
export function windows(data: ReportData): Panel {
  const base = { id: 'windows', title: 'Result by window', span: 'full' as const }
  if (data.windows.length === 0) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState('The run covers no window.'),
    }
  }
  const group = Math.ceil(data.windows.length / BARS_MAX)
  const bars = toBars(data.windows, group)
  const traded = data.windows.filter((w) => w.fills > 0)
  const won = traded.filter((w) => w.net > 0).length
  const desc = `${counted(data.windows.length, 'window')}, ${count(traded.length)} traded, ${count(won)} with a gain.`
  const grouped = group === 1 ? '' : ` Each bar is the sum of ${group} consecutive windows.`
  return {
    ...base,
    caption: `Net USDC of each window in the order of its start; ${count(won)} of ${count(traded.length)} traded windows gained. The letter below a bar says how the outcome is known: ${letters(data.windows)}.${grouped}`,
    legend: legend([
      { label: 'gain', role: 'gain', shape: 'box' },
      { label: 'loss', role: 'loss', shape: 'box' },
      ...(bars.some((b) => b.classes.has(ResolutionCode.UNRESOLVED))
        ? [{ label: 'unresolved: value less cost, in no total', role: 'amber', shape: 'faint' } as const]
        : []),
    ]),
    drawings: drawEach(base.span, { id: base.id, title: base.title, desc }, (width, at) =>
      drawBars(bars, width, at),
    ),
    body: details(
      `Table of ${counted(Math.min(ROWS_MAX, data.windows.length), 'window')}`,
      windowTable(data.windows),
    ),
  }
}

function toBars(all: readonly Window[], group: number): Bar[] {
  const bars: Bar[] = []
  for (let i = 0; i < all.length; i += group) {
    const part = all.slice(i, i + group)
    const bar: Bar = {
      at: bars.length,
      windows: part.length,
      net: 0,
      open: 0,
      start_us: part[0]!.start_us,
      label: part.length === 1 ? part[0]!.slug : `${part[0]!.slug} and ${part.length - 1} more`,
      classes: new Set(part.map((w) => w.class)),
    }
    for (const w of part) {
      if (w.class === ResolutionCode.UNRESOLVED) bar.open += (w.unresolved_value - w.unresolved_cost) / MICRO
      else bar.net += w.net / MICRO
    }
    bars.push(bar)
  }
  return bars
}

function drawBars(bars: Bar[], width: number, caption: Caption): string {
  const values = bars.flatMap((b) => [b.net, b.open])
  const axis = valueAxis('net, USDC', Math.min(0, ...values), Math.max(0, ...values))
  const pitch = (width - axis.margin - 14) / bars.length
  const every = Math.max(1, Math.ceil(bars.length / Math.max(2, Math.floor(width / 78))))
  const lettered = pitch >= 7
  return draw(
    {
      width,
      height: 236,
      marginLeft: axis.margin,
      marginRight: 14,
      marginTop: 26,
      marginBottom: 48,
      x: { domain: [0, bars.length] },
      y: axis.scale,
      marks: [
        Plot.axisX(
          bars.filter((_, i) => i % every === 0).map((b) => b.at + 0.5),
          {
            tickPadding: 16,
            tickSize: 0,
            tickFormat: (at: number) => minute(bars[Math.floor(at)]!.start_us),
            label: 'start of the window, UTC',
            labelArrow: 'none',
          },
        ),
        Plot.rectY(bars, {
          x1: (b: Bar) => b.at,
          x2: (b: Bar) => b.at + 1,
          y1: 0,
          y2: 'net',
          inset: pitch > 4 ? pitch * 0.12 : 0,
          insetTop: 0,
          insetBottom: 0,
          fill: (b: Bar) => (b.net < 0 ? color.loss : color.gain),
          title: (b: Bar) => `${b.label}\n${minute(b.start_us)} UTC  net ${signedUsdc(b.net * MICRO)} USDC`,
        }),
        Plot.rectY(
          bars.filter((b) => b.classes.has(ResolutionCode.UNRESOLVED)),
          {
            x1: (b: Bar) => b.at,
            x2: (b: Bar) => b.at + 1,
            y1: 0,
            y2: 'open',
            inset: pitch > 4 ? pitch * 0.12 : 0,
            insetTop: 0,
            insetBottom: 0,
            fill: color.amber,
            fillOpacity: 0.3,
            stroke: color.amber,
            title: (b: Bar) => `${b.label}\nunresolved: value less cost ${signedUsdc(b.open * MICRO)} USDC`,
          },
        ),
        Plot.ruleY([0], { stroke: color.muted }),
        ...(lettered
          ? [
              Plot.text(bars, {
                x: (b: Bar) => b.at + 0.5,
                frameAnchor: 'bottom',
                dy: 13,
                text: (b: Bar) => (b.classes.size === 1 ? letterOf([...b.classes][0]!) : '·'),
                fill: color.muted,
                fontSize: pitch < 11 ? 8 : 10,
              }),
            ]
          : []),
      ],
    },
    caption,
  )
}

function windowTable(all: readonly Window[]): ReturnType<typeof html> {
  const heads = columns(
    'window',
    'start, UTC',
    'outcome known by',
    '#up paid',
    '#decisions',
    '#fills',
    '#volume',
    '#spread',
    '#pairs',
    '#inventory',
    '#settlement',
    '#fees',
    '#net',
    '#most unpaired',
  )
  const rows = all
    .slice(0, ROWS_MAX)
    .map((w) => [
      w.slug,
      moment(w.start_us),
      className(w.class),
      w.up_payout < 0 ? '–' : (w.up_payout / 10_000).toFixed(w.up_payout % 10_000 === 0 ? 0 : 1),
      count(w.decisions),
      count(w.fills),
      usdc(w.volume),
      signedUsdc(w.spread),
      signedUsdc(w.pairs),
      signedUsdc(w.inventory),
      signedUsdc(w.settlement),
      usdc(w.fees),
      w.class === ResolutionCode.UNRESOLVED ? 'apart' : signedUsdc(w.net),
      count(w.max_unpaired / MICRO),
    ])
  const rest = all.length - rows.length
  return html`${table('Result by window', heads, rows)}${rest > 0 ? html`<p>${counted(rest, 'later window')} are in windows.parquet.</p>` : null}<p>Amounts in USDC, unpaired in shares.</p>`
}

function letters(all: readonly Window[]): string {
  const present = new Set(all.map((w) => w.class))
  return [
    ResolutionCode.RECORDED,
    ResolutionCode.SETTLEMENT,
    ResolutionCode.INFERRED_FROM_BOOK,
    ResolutionCode.UNRESOLVED,
  ]
    .filter((code) => present.has(code))
    .map((code) => `${letterOf(code)} ${className(code)}`)
    .join(', ')
}

function letterOf(code: number): string {
  return CLASSES[code]?.letter ?? '?'
}
