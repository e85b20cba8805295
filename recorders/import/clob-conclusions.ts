import { basename } from 'node:path'
import type { Instrument, Market, Outcome } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import type { DatasetHead, Inference, Manifest } from '../tape/index.ts'
import { type Assignment, assignmentInference, assignSession } from './assignment.ts'
import type { Window, Windows } from './clob-windows.ts'
import type { Klines } from './klines.ts'
import { licenceText } from './licence-file.ts'
import type { Recording } from './receive-order.ts'
import { classifyWindow, countWindows, neededStamps, type SettlementSeries } from './windows.ts'

/** What is concluded when every message was read. */
export type Conclusions = {
  assignment: Manifest['assignment']
  /** Instruments with their outcomes. */
  outcomes: Instrument[]
  windows: Manifest['windows']
  inferred: Inference[]
}

/**
 * Decide which token is Up and put each window in its class. The assignment looks at every window read, the classes at
 * those on the tape.
 *
 * @param sessions how many capture sessions the recording has
 */
export function conclude(windows: Windows, sessions: number, klines: Klines | undefined): Conclusions {
  const seriesOf = ({ asset }: Market) => (klines?.asset === asset ? klines.series : undefined)
  const all = [...windows.bySlug.values()]
  const assignments: Assignment[] = []
  for (let session = 0; session < sessions; session++) {
    const ends = all
      .filter((window) => window.session === session && window.tokens.length > 0)
      .map((window) => ({
        market: window.market,
        last_mid: Number.isNaN(window.end_mid) ? undefined : inTermsOf(recordedToken(window), window.end_mid),
      }))
    assignments.push(assignSession(ends, seriesOf))
  }
  const outcomes = [...windows.instruments]
  const kept = all.filter(({ index }) => index >= 0)
  for (const window of kept) {
    const recorded = outcomeOf(assignments[window.session]!)
    window.tokens.forEach(({ instrument }, token) => {
      const before = outcomes[instrument]!
      if (before.kind !== 'token') return
      const outcome = token === recordedToken(window) ? recorded : other(recorded)
      outcomes[instrument] = { ...before, outcome }
    })
  }
  return {
    assignment: assignments.every(({ recorded }) => recorded !== null) ? 'assigned' : 'unassigned',
    outcomes,
    windows: countWindows(
      kept.map((window) => classOf(window, assignments[window.session]!, seriesOf(window.market))),
    ),
    inferred: [
      ...assignments.map((found, session) => assignmentInference(session, sessions, found)),
      ...turnable(windows.bySlug, assignments),
      ...describeFindings(windows, kept),
    ],
  }
}

/**
 * The token a session recorded, of the one or two that a window has: the one that was heard of for longer, the first on a
 * tie. Not the one with more messages: the other may come in a burst.
 */
export function recordedToken({ tokens }: Pick<Window, 'tokens'>): number {
  const span = ({ first_us, last_us }: Window['tokens'][number]) => last_us - first_us
  return tokens.length === 2 && span(tokens[1]!) > span(tokens[0]!) ? 1 : 0
}

/** Windows that disagree with their session's answer and would agree by the other of their two tokens: no near-ties. */
function turnable(all: ReadonlyMap<string, Window>, assignments: readonly Assignment[]): Inference[] {
  const slugs = assignments
    .flatMap(({ recorded, exceptions }) => (recorded === null ? [] : exceptions))
    .filter((slug) => all.get(slug)?.tokens.length === 2)
  if (slugs.length === 0) return []
  return [
    {
      what: 'windows that may be upside down',
      how: 'they disagree with the answer of their session, and the other of their two tokens would agree: look at them before they are taken for near-ties',
      agreement: `${slugs.length} windows`,
      exceptions: slugs,
    },
  ]
}

/** How the rows were put in order. */
export function describeReading({ rows, steps_back, inferred }: Recording): Inference[] {
  return [
    {
      what: 'the order of the tape is the order of reception',
      how: 'rows sorted by recv_s, equal times in the order of the files; the files are grouped by window and token and step back in time where a window has two; nothing is clamped or dropped',
      agreement: `${steps_back} steps back in ${rows} rows`,
    },
    ...inferred,
  ]
}

/** Bars that a window on the tape has: from its start to the one that confirms its end. */
export function barsTaken({ markets }: Windows, { asset, series }: Klines) {
  const taken = neededStamps(
    series,
    markets.filter((market) => market.asset === asset),
  )
  const others = [...new Set(markets.map((market) => market.asset))].filter((one) => one !== asset)
  const whose =
    taken === 0 && others.length > 0 ? `, of ${asset}, beside windows of ${others.join(', ')}` : ''
  return { what: `the bars of --klines${whose}`, taken }
}

/** What stands in for the settlement source. */
export function describeReference(klines: Klines | undefined): Inference[] {
  if (klines === undefined) return []
  return [
    {
      what: 'strike and settlement',
      how: 'closes of one-minute perpetual bars at the boundaries of a window, each known at the end of its minute, in place of Chainlink spot',
      agreement: `${klines.series.stamps_us.length} bars`,
    },
    ...klines.inferred,
  ]
}

/** Source, licence and attribution: from the LICENSE that lies beside the first file, where there is one. */
export async function creditsOf(
  files: readonly string[],
  klines: Klines | undefined,
): Promise<Pick<DatasetHead, 'source' | 'licence' | 'attribution'> & { licence_text: string | undefined }> {
  const licence_text = await licenceText(files[0]!)
  const line = licence_text
    ?.split('\n')
    .find((text) => text.trim() !== '')
    ?.trim()
  const bars = `Binance USD-M futures, ${(klines?.asset ?? '').toUpperCase()}USDT perpetual, 1 minute`
  return {
    source: [
      `Polymarket CLOB market channel, book messages: ${files.map((file) => basename(file)).join(', ')}`,
      ...(klines === undefined ? [] : [`${bars}: ${basename(klines.file)}`]),
    ].join('; '),
    licence: /licensed under (?:the )?(.+?)\.?$/.exec(line ?? '')?.[1] ?? 'unknown',
    attribution: [
      `${line ?? 'unknown'}. Changes: whole books turned into level changes`,
      ...(klines === undefined ? [] : [`Minute closes: ${bars}`]),
    ].join('. '),
    licence_text,
  }
}

function describeFindings({ findings }: Windows, kept: readonly Window[]): Inference[] {
  const two = kept.filter(({ tokens }) => tokens.length === 2)
  return [
    {
      what: 'the second token of a window is the complement of the recorded one',
      how: `${two.length} of ${kept.length} windows have two; the one heard of for longer is the recorded one; of messages of both with the same venue time, those whose books are exact mirrors, sizes included`,
      agreement: `${findings.pairs_equal} of ${findings.pairs}`,
      ...exceptions(findings.unequal),
    },
    {
      what: 'tick size',
      how: '0.01 until a message states another or has a level off the grid: then the coarsest of 0.001 and 0.0001 that fits, from that message on',
      agreement: `${findings.ticks_stated} stated, ${findings.ticks_inferred} inferred in ${findings.tick_markets.size} of ${kept.length} windows`,
      ...exceptions(findings.tick_markets),
    },
    {
      what: 'level changes',
      how: 'every message is a whole book; its rows are the differences to the book of its market before, whichever token that came from; trades are not in the recording and none are inferred',
      agreement: `${findings.unchanged} messages changed nothing`,
    },
  ]
}

function exceptions(slugs: ReadonlySet<string>): Pick<Inference, 'exceptions'> {
  return slugs.size === 0 ? {} : { exceptions: [...slugs] }
}

function classOf(window: Window, assignment: Assignment, settlement: SettlementSeries | undefined) {
  const token = recordedToken(window)
  const mid = inTermsOf(token, window.last_mid)
  const up_mid = outcomeOf(assignment) === 'up' ? mid : ONE - mid
  const last_up_mid = Number.isNaN(up_mid) ? undefined : up_mid
  return classifyWindow(window.market, { settlement, last_up_mid }).class
}

/** A mid kept in the terms of the first token, in those of another. */
function inTermsOf(token: number, mid: number): number {
  return token === 0 ? mid : ONE - mid
}

function outcomeOf({ recorded }: Assignment): Outcome {
  return recorded ?? 'up'
}

function other(outcome: Outcome): Outcome {
  return outcome === 'up' ? 'down' : 'up'
}
