import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolve } from '../../core/config/index.ts'
import { Kind, type SeriesName } from '../../core/events/index.ts'
import { Simulator, schema } from '../../core/simulator/index.ts'
import { parseIso } from '../../core/units/index.ts'
import { help } from '../../docs/make/cli.ts'
import { pageNames, ROOT } from '../../docs/make/pages.ts'

/**
 * Whoever tries an example must not meet a fluke: of each simulation in the documentation the share of windows that end Up
 * and the total move of the price lie within 1.5 standard deviations of what the generator makes on the mean.
 */

type Example = { seed: number; series: SeriesName; start: string; windows: number }

const WITHIN = 1.5
/** So many windows are looked at, the first ones. */
const WINDOWS = 60
const QUIET = ['binance', 'coinbase', 'kraken'].flatMap((name) => [`${name}_quotes`, `${name}_prints`])
const DEFAULT_START = '2026-06-01T00:00:00Z'

/** Simulations in a text, by the options of their command lines. */
function examplesIn(text: string): Example[] {
  const found: Example[] = []
  for (const line of text.split('\n')) {
    const option = (name: string) => new RegExp(`--${name}[= ](\\S+)`).exec(line)?.[1]
    const seed = /\bengine simulate\b/.test(line)
      ? option('seed')
      : /\bengine sandbox\b/.test(line)
        ? option('simulate')
        : undefined
    if (seed === undefined || !/^\d+$/.test(seed)) continue
    const start = option('start')
    found.push({
      seed: Number(seed),
      series: (option('series') ?? '5m') as SeriesName,
      start: start === undefined || !start.includes('T') ? DEFAULT_START : start,
      windows: WINDOWS,
    })
  }
  return found
}

/** How far the windows are from the mean, in standard deviations: how many end Up, and how far the price goes in all. */
function scoresOf({ seed, series, start, windows }: Example): { up: number; drift: number } {
  // Neither traders nor exchanges change the price: with few of them the windows are the same and are made sooner.
  const config = resolve(schema, {
    'sim_makers.acts_per_s': 0.1,
    'sim_makers.depth': 1,
    'sim_takers.per_s': 0.001,
    'sim_outages.per_hour': 0,
    ...Object.fromEntries(QUIET.map((name) => [`sim_venues.${name}`, 0.01])),
  })
  const simulator = Simulator.create({ seed, series, start_us: parseIso(start), windows, config })
  const { markets } = Simulator.instruments(simulator)
  const spots = new Map<number, number>()
  let ups = 0
  for (const columns of Simulator.chunks(simulator, 32_768)) {
    for (let i = 0; i < columns.length; i++) {
      if (columns.kind[i] === Kind.ORACLE && columns.instrument[i] === 0)
        spots.set(columns.exch_us[i]!, columns.price[i]!)
      else if (columns.kind[i] === Kind.RESOLVED && columns.price[i]! > 0) ups++
    }
  }
  let sum = 0
  let squares = 0
  for (const { start_us, end_us } of markets) {
    const move = Math.log(spots.get(end_us)! / spots.get(start_us)!)
    sum += move
    squares += move * move
  }
  return { up: (ups - windows / 2) / Math.sqrt(windows / 4), drift: sum / Math.sqrt(squares) }
}

const texts = [
  ...pageNames().map((name) => readFileSync(join(ROOT, name), 'utf8')),
  ...globSync('notebooks/**/*.ipynb', { cwd: ROOT }).map((name) => readFileSync(join(ROOT, name), 'utf8')),
  await help(['simulate']),
  await help(['sandbox']),
]
const examples = new Map(texts.flatMap(examplesIn).map((example) => [JSON.stringify(example), example]))

describe('a documented simulation is an ordinary one:', () => {
  test('there are some', () => {
    expect(examples.size).toBeGreaterThan(1)
  })

  test.each([...examples])('%s', (_, example) => {
    const { up, drift } = scoresOf(example)
    expect(Math.abs(up), 'windows that end Up').toBeLessThan(WITHIN)
    expect(Math.abs(drift), 'move of the price').toBeLessThan(WITHIN)
  })

  test('a fluke would be told: eleven of twelve windows end Up', () => {
    const { up } = scoresOf({ seed: 12, series: '5m', start: DEFAULT_START, windows: 12 })
    expect(up).toBeGreaterThan(WITHIN)
  })
})
