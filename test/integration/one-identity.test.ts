import { createHash } from 'node:crypto'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { byName } from '../../core/strategies/registry.ts'
import { backtestConfig } from '../../engine/runners/backtest-config.ts'
import { execute } from '../../engine/runners/execute.ts'
import { configHash } from '../../engine/runners/identity.ts'
import { prepare } from '../../engine/runners/prepare.ts'
import { figuresOf } from '../../engine/runners/summary.ts'
import { openTape } from '../../engine/runners/tape.ts'
import { type Manifest, profileHash } from '../../recorders/tape/index.ts'
import { cli, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { writeSynthetic } from '../fixtures/synthetic-dataset.ts'
import { JUNE, syntheticTape } from '../fixtures/synthetic-tape.ts'

/**
 * One identity, one result: whatever is changed in what a dataset says of itself either shows in one of the hashes of a run,
 * or is refused by name, or changes no result.
 */

const root = temporary()
const HONEST = join(root, 'honest')
const SIDE = ['instruments', 'resolutions', 'gaps'] as const
type Outcome = { identity: string; state: string } | { code: string }
let honest: Outcome

beforeAll(async () => {
  const tape = syntheticTape({ seed: 7, trades: true, rate: 3, windows: 2, silence_s: 8 })
  const gap = { feed: 'clob', from_us: JUNE + 140e6, to_us: JUNE + 148e6, reason: 'silence' }
  await writeSynthetic(HONEST, tape, {
    head: {
      reference_profile: {
        ...tape.profile,
        overrides: { 'volatility.warmup_s': 30, 'exchange.gap_s': 4 },
      },
    },
    gaps: [
      { ...gap, market: null },
      { ...gap, market: 0 },
    ],
    tail: {
      resolutions: [{ market: 0, up_payout: 10_000, known_us: JUNE + 310e6, class: 'recorded' }],
      windows: { total: 2, recorded: 1, settlement: 1, inferred_from_book: 0, unresolved: 0 },
    },
  })
  honest = await outcomeOf(HONEST)
  expect(honest).toHaveProperty('state')
})

async function outcomeOf(dir: string): Promise<Outcome> {
  try {
    const tape = await openTape([dir])
    const strategy = byName('market-maker')
    const config = backtestConfig(strategy, tape, { cwd: null, env: {}, params: [] })
    const world = await execute(prepare({ tape, strategy, config, seed: 1 }))
    return {
      identity: `${tape.dataset_hash} ${configHash(config, tape)}`,
      state: figuresOf(world).state_hash,
    }
  } catch (thrown) {
    const { code, fix } = thrown as { code?: string; fix?: string }
    if (code === undefined || fix === undefined) throw thrown
    return { code }
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Path = (string | number)[]

/** Every place of a value, branches included. */
function* places(value: Json, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value))
    yield* places((value as Record<string, Json>)[key]!, [...path, Array.isArray(value) ? Number(key) : key])
}

/** Other values of the same kind; undefined takes the place away. */
function others(value: Json): (Json | undefined)[] {
  if (typeof value === 'number') return [value + 1, 0, -value]
  if (typeof value === 'string') return [`${value}x`, 'chainlink-spot']
  if (typeof value === 'boolean') return [!value]
  if (value === null) return [1, 'chainlink-spot']
  if (Array.isArray(value)) return [[], [...value, ...value]]
  return [undefined, {}]
}

function changed(value: Json, [key, ...rest]: Path, to: Json | undefined): Json {
  if (key === undefined) return to as Json
  const copy = structuredClone(value) as Record<string, Json>
  if (rest.length > 0) copy[key] = changed(copy[key]!, rest, to)
  else if (to !== undefined) copy[key] = to
  else if (Array.isArray(copy)) copy.splice(key as number, 1)
  else delete copy[key]
  return copy
}

/** A copy of the honest dataset with other texts; what its manifest says of the files is made to fit. */
function planted(texts: Record<string, string>): string {
  const dir = join(root, 'planted')
  rmSync(dir, { recursive: true, force: true })
  cpSync(HONEST, dir, { recursive: true })
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(dir, name), text)
    if (name === 'manifest.json') continue
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest
    const entry = manifest.files.find(({ path }) => path === name)!
    entry.sha256 = createHash('sha256').update(text).digest('hex')
    entry.bytes = Buffer.byteLength(text)
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest))
  }
  return dir
}

async function expectOneResult(dir: string): Promise<boolean> {
  const found = await outcomeOf(dir)
  if ('code' in found) return /^(tape|dataset|reference|config)\./.test(found.code)
  const known = honest as { identity: string; state: string }
  return found.identity !== known.identity || found.state === known.state
}

/** Changes of a value that give another result under the same identity. */
async function lies(value: Json, plant: (other: Json) => string | null): Promise<string[]> {
  const found: string[] = []
  for (const path of places(value)) {
    let at: Json = value
    for (const key of path) at = (at as Record<string, Json>)[key]!
    for (const other of others(at)) {
      const dir = plant(changed(value, path, other))
      if (dir !== null && !(await expectOneResult(dir)))
        found.push(`${path.join('.')} = ${JSON.stringify(other)}`)
    }
  }
  return found
}

const read = (name: string): Json => JSON.parse(readFileSync(join(HONEST, name), 'utf8')) as Json

describe('one identity, one result, whatever is changed in', () => {
  test('the manifest', async () => {
    expect(
      await lies(read('manifest.json'), (other) => planted({ 'manifest.json': JSON.stringify(other) })),
    ).toEqual([])
  })

  test('the manifest, with the hash of its profile left out or made anew', async () => {
    const { profile_hash: _, ...bare } = read('manifest.json') as Record<string, Json>
    const decisive = {
      reference_profile: bare.reference_profile!,
      carries: bare.carries!,
      assignment: bare.assignment!,
    }
    const plant = (seal: boolean) => (other: Json) => {
      const all = { ...bare, ...(other as Record<string, Json>) }
      const profile_hash = seal ? hashOrNone(all) : undefined
      return planted({ 'manifest.json': JSON.stringify({ ...all, profile_hash }) })
    }
    expect(await lies(decisive, plant(false))).toEqual([])
    expect(await lies(decisive, plant(true))).toEqual([])
  })

  test.each(SIDE)('%s.json', async (name) => {
    expect(
      await lies(read(`${name}.json`), (other) => planted({ [`${name}.json`]: JSON.stringify(other) })),
    ).toEqual([])
  })
})

function hashOrNone(all: unknown): string | undefined {
  try {
    return profileHash(all as Manifest)
  } catch {
    return undefined
  }
}

describe('the reference profile of a dataset', () => {
  const edit = (change: (manifest: Manifest) => void): string => {
    const manifest = read('manifest.json') as unknown as Manifest
    change(manifest)
    return planted({ 'manifest.json': JSON.stringify(manifest) })
  }

  test('that was edited by hand is refused with file, field and fix', async () => {
    const dir = edit((manifest) => {
      manifest.reference_profile.stale_ms = 1
    })
    for (const argv of [
      ['backtest', dir, '--no-report', '--out', join(root, 'run')],
      ['datasets', 'verify', dir],
    ]) {
      const ran = await cli([...argv, '--json'])
      expect(ran.code).toBe(1)
      expect(oneObject(ran.err)).toMatchObject({
        code: 'tape.profile_hash',
        file: join(dir, 'manifest.json'),
        field: 'profile_hash',
        fix: expect.stringContaining('import'),
      })
    }
  })

  test.each<[string, number | string]>([
    ['exchange.fill', 'queue-optimistic'],
    ['exchange.entry_latency_ms', 0],
    ['risk.per_trade', 1],
    ['machine.settle_wait_s', 1],
    ['reference.twap_lookback_s', 60],
    ['volatility.half_life_s', -1],
    ['volatility.luck', 1],
    ['exchange.gap_s', 3_600],
  ])('may not set %s to %s', async (key, value) => {
    const dir = edit((manifest) => {
      manifest.reference_profile.overrides = { [key]: value }
      manifest.profile_hash = profileHash(manifest)
    })
    const ran = await cli(['backtest', dir, '--json', '--no-report', '--out', join(root, 'run')])
    expect(ran.code).toBe(1)
    expect(oneObject(ran.err)).toMatchObject({
      code: 'tape.override',
      file: join(dir, 'manifest.json'),
      field: `reference_profile.overrides.${key}`,
    })
  })

  test('what it sets is said in the summary, unless the user says otherwise', async () => {
    const run = ['backtest', HONEST, '--strategy', 'nothing', '--no-report', '--out', join(root, 'told')]
    const said = await cli(run)
    expect(said.out).toContain('set by the dataset: exchange.gap_s 4, volatility.warmup_s 30')
    const own = await cli([...run, '--param', 'volatility.warmup_s=40'])
    expect(own.out).toContain('set by the dataset: exchange.gap_s 4\n')
  })

  test('is part of a run: a replay on a dataset with another one is refused', async () => {
    const run = join(root, 'run-of-honest')
    const made = await cli(['backtest', HONEST, '--strategy', 'nothing', '--no-report', '--out', run])
    expect(made.code).toBe(0)
    const dir = edit((manifest) => {
      manifest.reference_profile.stale_ms = 1
      manifest.profile_hash = undefined
    })
    const ran = await cli(['replay', run, '--verify', '--dataset', dir, '--json'])
    expect(ran.code).toBe(1)
    expect(oneObject(ran.err)).toMatchObject({ code: 'run.profile', file: dir, field: 'reference_profile' })
    expect((await cli(['replay', run, '--verify', '--json'])).code).toBe(0)
  })

  test('of version 0.1.0, without a hash, is read', async () => {
    const dir = edit((manifest) => {
      manifest.profile_hash = undefined
    })
    expect(await outcomeOf(dir)).toEqual(honest)
  })
})
