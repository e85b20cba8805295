import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { IntentKind } from '../../core/machine/records.ts'
import { Gate } from '../../core/risk/codes.ts'
import { E8_ONE, formatIso, MICRO, ONE } from '../../core/units/index.ts'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { ask, type Row } from '../fixtures/run-tables.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

/** `engine explain`: a decision made again says what the tables kept of it, and more. */

const root = temporary()
const RUN = join(root, 'run')

const real = z.number().nullable()
const order = z.looseObject({
  outcome: z.enum(['up', 'down']),
  side: z.enum(['buy', 'sell']),
  price: z.number().gt(0).lt(1),
  size: z.number().positive(),
  type: z.string(),
})
const EXPLANATION = z.looseObject({
  decision: z.int().min(0),
  time: z.string().regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  event: z.int().min(0),
  market: z.string(),
  seconds_left: z.number(),
  regime: z.string().min(1),
  inputs: z.array(z.object({ name: z.string(), value: real, age_ms: real })).min(1),
  s0: real,
  s_t: real,
  sigma: real,
  q_up: real,
  caps: z.object({ up: real, down: real, completing: real }),
  target_total: real,
  inventory: z.looseObject({ up: z.number(), down: z.number(), unpaired: z.number() }),
  desired: z.array(order),
  live: z.array(order),
  intents: z.array(order.extend({ kind: z.enum(['create', 'cancel']), order: z.int().positive() })),
  gate: z.object({ code: z.string(), reason: z.string().min(10) }).optional(),
})
type Explanation = z.infer<typeof EXPLANATION>

beforeAll(async () => {
  await smallDataset(join(root, 'data'), { silence_s: 12 })
  await json(['backtest', join(root, 'data'), '--out', RUN, '--no-report'])
})

const explained = async (argv: string[]): Promise<Explanation> =>
  EXPLANATION.parse(await json(['explain', RUN, ...argv]))

/** Decisions of every kind: the first, the last, some between, one that acted, one by each gate. */
async function sample(): Promise<Row[]> {
  return ask(
    RUN,
    `SELECT * FROM {decisions} WHERE decision % 1531 = 7 OR decision IN (
      SELECT min(decision) FROM {decisions} UNION SELECT max(decision) FROM {decisions}
      UNION SELECT min(decision) FROM {decisions} WHERE creates > 1 UNION SELECT min(decision) FROM {decisions} WHERE cancels > 0
      UNION SELECT min(decision) FROM {decisions} GROUP BY gate UNION SELECT min(decision) FROM {decisions} GROUP BY "trigger")
     ORDER BY decision`,
  )
}

test('what was seen and wanted is what the row of the decision kept', async () => {
  const rows = await sample()
  expect(rows.length).toBeGreaterThan(8)
  for (const row of rows) {
    const e = await explained(['--decision', String(row.decision)])
    expect(e).toMatchObject({
      decision: row.decision,
      time: formatIso(row.time_us!),
      event: row.event,
      seconds_left: row.seconds_left,
      s0: known(row.s0! / E8_ONE),
      s_t: known(row.s_t! / E8_ONE),
      sigma: known(row.sigma!),
      q_up: known(row.q_up!),
      target_total: known(row.target_total!),
    })
    expect(e.caps).toMatchObject({ up: known(row.cap_up!), down: known(row.cap_down!) })
    expect(e.inventory).toMatchObject({
      up: row.up_shares! / MICRO,
      down: row.down_shares! / MICRO,
      unpaired: row.unpaired! / MICRO,
      cash: row.cash! / MICRO,
    })
    const touch = e.inputs.filter(({ name }) => /^best/.test(name)).map(({ value }) => value)
    expect(touch).toEqual([row.best_bid!, row.best_ask!].map((tick) => (tick < 0 ? null : tick / ONE)))
    expect(e.desired).toHaveLength(row.desired!)
    expect(e.gate === undefined).toBe(row.gate === 0)
    if (e.gate !== undefined) expect(Gate[e.gate.code.toUpperCase() as keyof typeof Gate]).toBe(row.gate)
  }
})

test('what was sent is what the intents of the decision say, and what was live was sent before', async () => {
  for (const row of await sample()) {
    const e = await explained(['--decision', String(row.decision)])
    const sent = await ask(
      RUN,
      `SELECT * FROM {intents} WHERE decision = ${row.decision} AND gate = 0 AND kind IN (${IntentKind.CREATE}, ${IntentKind.CANCEL}) ORDER BY intent`,
    )
    expect(e.intents.map(({ kind, order: number, price, size }) => ({ kind, number, price, size }))).toEqual(
      sent.map((intent) => ({
        kind: intent.kind === IntentKind.CREATE ? 'create' : 'cancel',
        number: intent.order,
        price: intent.price! / ONE,
        size: intent.size! / MICRO,
      })),
    )
    const creates = e.intents.filter(({ kind }) => kind === 'create').length
    expect(creates).toBe(row.creates)
    expect(e.intents.length - creates).toBe(row.cancels)
    expect(e.live.length + creates).toBe(row.live)
  }
})

test('--at is the last decision at or before the time, of one market with --market', async () => {
  const [some] = await ask(RUN, 'SELECT time_us FROM {decisions} WHERE decision = 2000')
  const at_us = some!.time_us! + 1
  const [last] = await ask(RUN, `SELECT max(decision) AS decision FROM {decisions} WHERE time_us <= ${at_us}`)
  expect((await explained(['--at', formatIso(at_us)])).decision).toBe(last!.decision)
  const { markets } = JSON.parse(readFileSync(join(RUN, 'run.json'), 'utf8')) as {
    markets: { slug: string }[]
  }
  const late = formatIso(some!.time_us! + 1e9)
  const [first] = await ask(RUN, 'SELECT max(decision) AS decision FROM {decisions} WHERE market = 0')
  const e = await explained(['--at', late, '--market', markets[0]!.slug])
  expect(e).toMatchObject({ decision: first!.decision, market: markets[0]!.slug })
})

test('in words the numbers that count are there', async () => {
  const [row] = await ask(
    RUN,
    'SELECT decision FROM {decisions} WHERE creates > 0 AND cancels > 0 AND isfinite(q_up) LIMIT 1',
  )
  const argv = ['--decision', String(row!.decision)]
  const e = await explained(argv)
  const ran = await cli(['explain', RUN, ...argv])
  expect(ran).toMatchObject({ code: 0, err: '' })
  for (const part of [
    `Decision ${e.decision}, ${e.time}, after ${e.event} events`,
    e.market,
    `${e.seconds_left.toFixed(1)} s before its end`,
    `Regime ${e.regime}`,
    `Strike ${e.s0}, spot ${e.s_t}`,
    `Up with probability ${e.q_up!.toFixed(4)}`,
    `${e.caps.up!.toFixed(4)} for Up and ${e.caps.down!.toFixed(4)} for Down`,
    `a pair at most ${e.target_total!.toFixed(4)}`,
    `Held: ${e.inventory.up} Up, ${e.inventory.down} Down`,
  ])
    expect(ran.out).toContain(part)
  for (const { kind, side, size, outcome, price } of e.intents)
    expect(ran.out).toContain(`${kind}, ${side} ${size} ${outcome} at ${price}`)
})

test('a decision that was stopped says by what and why, in words too', async () => {
  const [row] = await ask(RUN, 'SELECT decision FROM {decisions} WHERE gate > 0 LIMIT 1')
  const argv = ['--decision', String(row!.decision)]
  const { gate } = await explained(argv)
  expect((await cli(['explain', RUN, ...argv])).out).toContain(`Stopped by ${gate!.code}: ${gate!.reason}`)
})

describe('is refused:', () => {
  test.each([
    [['--decision', '999999'], 1, { code: 'explain.none' }],
    [['--at', '2020-01-01T00:00:00Z'], 1, { code: 'explain.none' }],
    [['--at', '2030-01-01T00:00:00Z', '--market', 'btc-updown-5m-1'], 1, { code: 'explain.market' }],
    [['--at', 'noon'], 2, { code: 'usage.time', field: '--at' }],
    [['--decision', '-1'], 2, { code: 'usage.explain', field: '--decision' }],
    [['--decision', '1.5'], 2, { code: 'usage.explain', field: '--decision' }],
    [[], 2, { code: 'usage.explain' }],
    [['--decision', '1', '--at', '2030-01-01T00:00:00Z'], 2, { code: 'usage.explain' }],
  ])('%j', async (argv, code, expected) => {
    const ran = await cli(['explain', RUN, ...argv, '--json'])
    expect(ran).toMatchObject({ code, out: '' })
    expect(oneObject(ran.err)).toMatchObject(expected)
  })
})

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
