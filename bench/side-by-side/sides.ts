import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Settings } from '../../core/exchange/compat/settings.ts'
import { ALL, type Part } from './agreement.ts'
import { PYTHON_ENV } from './environment.ts'
import { PlayerError } from './player.ts'

/** What a side is told: the case's settings, and where its events are. */
export type Setup = Settings & {
  /** The event file, see event-file.ts. */
  events_file: string
  /** The same for hftbacktest. */
  npz: string
  /** Which of hftbacktest's two books. */
  book: 'vector' | 'map'
}

/** One side of the comparison. */
export type Side = {
  readonly title: string
  /** What must be the same as with Lockstep, run by run. */
  readonly agrees: readonly Part[]
  command(setup: Setup): string[]
}

const here = (file: string) => join(import.meta.dirname, file)

export const LOCKSTEP: Side = {
  title: 'Lockstep',
  agrees: ALL,
  command: (setup) => [process.execPath, here('lockstep-side.ts'), JSON.stringify(setup)],
}

/** hftbacktest with the book of its choice: by array over a range of prices (its fastest), or by hash map. */
export function hftbacktest(python: string, book: Setup['book']): Side {
  return {
    title: `hftbacktest, ${book === 'vector' ? 'array' : 'hash map'} book`,
    agrees: ALL,
    command: (setup) => [python, here('hftbacktest_side.py'), JSON.stringify({ ...setup, book })],
  }
}

/** hftbacktest's Rust core with the strategy in Rust: what is left when Python is taken away. */
export function hftbacktestInRust(program: string): Side {
  return {
    title: 'hftbacktest in Rust, array book',
    agrees: ALL,
    command: (setup) => [program, ...Object.entries(setup).map(([key, value]) => `${key}=${value}`)],
  }
}

/** nautilus_trader: another exchange, so that only what its book comes to can be held against ours. */
export function nautilus(python: string): Side {
  return {
    title: 'nautilus_trader',
    agrees: ['book'],
    command: (setup) => [python, here('nautilus_side.py'), JSON.stringify(setup)],
  }
}

/**
 * The event file as hftbacktest wants it.
 *
 * @returns seconds, and the most memory that it took
 */
export function convertForHftbacktest(
  python: string,
  events_file: string,
  npz: string,
  feed_latency: number,
): { convert_s: number; peak_rss_kib: number } {
  const args = [here('convert.py'), events_file, npz, String(feed_latency)]
  const env = { ...process.env, ...PYTHON_ENV }
  const { status, stdout, stderr, error } = spawnSync(python, args, { encoding: 'utf8', env })
  if (status !== 0) throw new PlayerError([python, ...args], error?.message ?? stderr)
  return JSON.parse(stdout)
}
