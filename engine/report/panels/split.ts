import * as Plot from '@observablehq/plot'
import { ResolutionCode } from '../../../core/machine/records.ts'
import { MICRO } from '../../../core/units/index.ts'
import { rangeOf } from '../axis.ts'
import type { ReportData, Window } from '../data.ts'
import { type Caption, draw, drawEach, legend } from '../draw.ts'
import { counted, fixed, signedUsdc, usdc } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { Panel } from '../panel.ts'
import { color } from '../theme.ts'

/** One step of the waterfall in USDC: a part from where the parts before it ended, or a total from zero. */
type Step = { name: string; from: number; to: number; micro: number; total: boolean }

/** Panel 4: what the net result is made of; the parts sum to it exactly. */
export function split(data: ReportData): Panel {
  const base = { id: 'split', title: 'Where the result comes from', span: 'half' as const }
  const steps = waterfall(data.windows)
  const net = steps.at(-1)!
  const desc = steps.map((s) => `${s.name} ${signedUsdc(s.micro)}`).join(', ')
  return {
    ...base,
    caption:
      'USDC, resolved windows only. Each bar begins where the one before it ended; gross is the sum of the four parts above it, net is gross less fees.',
    legend: legend([
      { label: 'adds', role: 'gain', shape: 'box' },
      { label: 'takes away', role: 'loss', shape: 'box' },
      { label: 'total', role: 'ink', shape: 'box' },
    ]),
    drawings: drawEach(base.span, { id: base.id, title: base.title, desc: `${desc} USDC.` }, (width, at) =>
      drawSteps(steps, width, at),
    ),
    body: html`${mismatch(net.micro, data.run.net_pnl_usdc)}${unresolved(data)}${incentives(data.windows)}`,
  }
}

/** The waterfall of the windows that are in the result. */
export function waterfall(windows: readonly Window[]): Step[] {
  const counted = windows.filter((w) => w.class !== ResolutionCode.UNRESOLVED)
  const parts: [string, number][] = [
    ['spread captured', sum(counted, 'spread')],
    ['completed pairs', sum(counted, 'pairs')],
    ['inventory mark', sum(counted, 'inventory')],
    ['settlement', sum(counted, 'settlement')],
  ]
  const steps: Step[] = []
  let at = 0
  const add = (name: string, micro: number): void => {
    steps.push({ name, from: at / MICRO, to: (at + micro) / MICRO, micro, total: false })
    at += micro
  }
  for (const [name, micro] of parts) add(name, micro)
  steps.push({ name: 'gross', from: 0, to: at / MICRO, micro: at, total: true })
  const fees = sum(counted, 'fees')
  add('fees', fees === 0 ? 0 : -fees)
  steps.push({ name: 'net', from: 0, to: at / MICRO, micro: at, total: true })
  return steps
}

function drawSteps(steps: Step[], width: number, caption: Caption): string {
  const fill = (s: Step): string => (s.total ? color.ink : s.micro < 0 ? color.loss : color.gain)
  return draw(
    {
      width,
      height: 26 * steps.length + 34,
      marginLeft: 108,
      marginRight: 68,
      marginTop: 4,
      marginBottom: 30,
      x: {
        domain: rangeOf(
          Math.min(0, ...steps.map(({ from, to }) => Math.min(from, to))),
          Math.max(0, ...steps.map(({ from, to }) => Math.max(from, to))),
        ),
        label: 'USDC',
        labelArrow: 'none',
        grid: true,
        ticks: width < 400 ? 4 : 6,
        tickFormat: tick,
        nice: true,
      },
      y: { domain: steps.map((s) => s.name), label: null, padding: 0.32 },
      marks: [
        Plot.axisY({ tickSize: 0, tickPadding: 8 }),
        Plot.barX(steps, {
          y: 'name',
          x1: 'from',
          x2: 'to',
          fill,
          fillOpacity: (s: Step) => (s.total ? 0.85 : 0.8),
        }),
        Plot.ruleX([0], { stroke: color.muted }),
        numbers(
          steps.filter((s) => !s.total),
          400,
        ),
        numbers(
          steps.filter((s) => s.total),
          700,
        ),
      ],
    },
    caption,
  )
}

/** A column of numbers right of the bars. */
function numbers(steps: Step[], fontWeight: number): Plot.Markish {
  return Plot.text(steps, {
    y: 'name',
    frameAnchor: 'right',
    textAnchor: 'end',
    dx: 64,
    text: (s: Step) => signedUsdc(s.micro),
    fill: color.ink,
    fontVariant: 'tabular-nums',
    fontWeight,
  })
}

/** Words for what must not happen: the windows do not add up to what the run says. */
function mismatch(micro: number, net_usdc: number): Html | null {
  const stated = Math.round(net_usdc * MICRO)
  if (stated === micro) return null
  return html`<p class="alarm">The windows sum to ${signedUsdc(micro, 6)} USDC, but run.json states a net of ${signedUsdc(stated, 6)} USDC. One of the two is wrong: do not use this result.</p>`
}

function unresolved(data: ReportData): Html | null {
  const open = data.windows.filter((w) => w.class === ResolutionCode.UNRESOLVED)
  if (open.length === 0) return null
  const cost = sum(open, 'unresolved_cost')
  const value = sum(open, 'unresolved_value')
  return html`<p>Apart from this: ${counted(open.length, 'unresolved window')}, whose inventory cost ${usdc(cost)} USDC and was worth ${usdc(value)} USDC at the last mid (${signedUsdc(value - cost)}).</p>`
}

function incentives(windows: readonly Window[]): Html {
  const low = sum(windows, 'rebate_low')
  const high = sum(windows, 'rebate_high')
  const reward = sum(windows, 'reward_high')
  if (high === 0 && reward === 0) {
    return html`<p>Rewards and rebates: none would have been earned, and none is in any figure.</p>`
  }
  return html`<p>Rewards and rebates are never in a result. As a range they would have been: rebates ${usdc(low)} to ${usdc(high)} USDC, liquidity rewards 0.00 to at most ${usdc(reward)} USDC.</p>`
}

function sum(windows: readonly Window[], part: keyof Window & string): number {
  let total = 0
  for (const w of windows) total += w[part] as number
  return total
}

function tick(value: number): string {
  return fixed(value, Number.isInteger(value) ? 0 : 1)
}
