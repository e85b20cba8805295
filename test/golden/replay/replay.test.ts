import { beforeAll, describe, expect, test } from 'vitest'
import { byName } from '../../../core/strategies/registry.ts'
import { backtestConfig, SHIPPED } from '../../../engine/runners/backtest-config.ts'
import { openTape, type Tape } from '../../../engine/runners/tape.ts'
import { goldenNames } from '../golden.ts'
import type { Keep } from './decision-trace.ts'
import { makeGolden, matchRun } from './golden-run.ts'

/**
 * Whole runs on the shipped recording: any change of behaviour of the core fails here and says which decision it is that
 * goes another way. The main case keeps every decision; the others, which see the same tape, those that acted.
 */
const CASES: readonly [string, string, Keep][] = [
  ['market-maker', 'queue-pessimistic', 'every'],
  ['market-maker', 'queue-neutral', 'acting'],
  ['market-maker', 'queue-optimistic', 'acting'],
  ['market-maker', 'depth', 'acting'],
  ['market-maker', 'bbo', 'acting'],
  ['nothing', 'queue-pessimistic', 'acting'],
  ['random', 'queue-pessimistic', 'acting'],
  ['divergence', 'queue-pessimistic', 'acting'],
]

let tape: Tape
beforeAll(async () => {
  tape = await openTape([SHIPPED])
})

describe('on the shipped recording', () => {
  test.each(CASES)('%s, fills %s: as the golden', async (name, fill, keep) => {
    const strategy = byName(name)
    const config = backtestConfig(strategy, tape, {
      cwd: import.meta.dirname,
      env: {},
      params: [`exchange.fill=${fill}`],
    })
    await matchRun(`replay/${name}.${fill}`, await makeGolden({ tape, strategy, config, seed: 1 }, keep))
  })

  test('every golden has its case', () => {
    const names = CASES.map(([name, fill]) => `replay/${name}.${fill}`).sort()
    expect(goldenNames('replay', '.txt')).toEqual(names.map((name) => `${name}.txt`))
    expect(goldenNames('replay', '.parquet')).toEqual(names.map((name) => `${name}.parquet`))
  })
})
