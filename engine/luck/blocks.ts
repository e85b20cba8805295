import type { Micros, MicroUsdc } from '../../core/units/index.ts'
import type { Block } from './interval.ts'

/** What one window with a known outcome made. */
export type WindowNet = {
  start_us: Micros
  end_us: Micros
  net: MicroUsdc
  stake: MicroUsdc
  fills: number
}

/**
 * Windows as independent blocks: those that overlap in time see the same price move, also of different assets, and are one
 * block; those that only follow one another are not.
 */
export function blocksOf(windows: readonly WindowNet[]): Block[] {
  const sorted = windows.toSorted((a, b) => a.start_us - b.start_us || a.end_us - b.end_us)
  const blocks: Block[] = []
  let end_us = Number.NEGATIVE_INFINITY
  for (const window of sorted) {
    if (window.start_us >= end_us) blocks.push({ net: 0, stake: 0, traded: 0 })
    const block = blocks.at(-1)!
    block.net += window.net
    block.stake += window.stake
    if (window.fills > 0) block.traded++
    end_us = Math.max(end_us, window.end_us)
  }
  return blocks
}
