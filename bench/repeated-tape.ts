import type { Columns, Instruments } from '../core/events/index.ts'
import { MINUTE, SECOND } from '../core/units/index.ts'
import type { Tape } from '../engine/runners/tape.ts'

const STEP_US = 5 * MINUTE

/**
 * A tape and its copies, one after the other: each copy lies whole steps of five minutes later and has markets of its own,
 * so that a run over it opens, trades and settles every window. Rows are moved where they lie in the reader's memory; the
 * time that takes is part of what is measured.
 */
export function repeatedTape(tape: Tape, copies: number): Tape {
  const { instruments } = tape.instruments
  const series = instruments.filter((one) => one.kind === 'series').length
  if (instruments.slice(0, series).some((one) => one.kind !== 'series'))
    throw new Error('a tape can be repeated only if its series come before its tokens')
  const { from_us, to_us } = tape.datasets[0]!.manifest.time_range
  const shift_us = (Math.ceil((to_us - from_us) / STEP_US) + 1) * STEP_US
  return {
    ...tape,
    instruments: joined(tape.instruments, series, copies, shift_us),
    rows: tape.rows * copies,
    gaps: [],
    async *read() {
      for (let copy = 0; copy < copies; copy++) {
        const by_token = copy * (instruments.length - series)
        for await (const columns of tape.read()) {
          move(columns, copy * shift_us, series, by_token)
          yield columns
        }
      }
    },
  }
}

function joined(own: Instruments, series: number, copies: number, shift_us: number): Instruments {
  const all: Instruments = { markets: [], instruments: own.instruments.slice(0, series) }
  for (let copy = 0; copy < copies; copy++) {
    for (const one of own.instruments.slice(series))
      if (one.kind === 'token')
        all.instruments.push({ ...one, market: one.market + copy * own.markets.length })
    for (const market of own.markets) {
      const start_us = market.start_us + copy * shift_us
      all.markets.push({
        ...market,
        slug: market.slug.replace(/\d+$/, String(start_us / SECOND)),
        start_us,
        end_us: market.end_us + copy * shift_us,
        created_us: market.created_us === null ? null : market.created_us + copy * shift_us,
      })
    }
  }
  return all
}

function move(columns: Columns, by_us: number, series: number, by_token: number): void {
  if (by_us === 0) return
  const { local_us, exch_us, instrument, length } = columns
  for (let row = 0; row < length; row++) {
    local_us[row] = local_us[row]! + by_us
    if (exch_us[row]! > 0) exch_us[row] = exch_us[row]! + by_us
    if (instrument[row]! >= series) instrument[row] = instrument[row]! + by_token
  }
}
