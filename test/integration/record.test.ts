import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Kind } from '../../core/events/index.ts'
import { fromDataset, type Sandbox, startSandbox } from '../../live-bridge/sandbox/index.ts'
import type { Session, SessionReport } from '../../recorders/record/index.ts'
import { openData, readRaw } from '../../recorders/recording/index.ts'
import { type Dataset, readColumns, verifyDataset } from '../../recorders/tape/index.ts'
import { cli, json } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { recordFrom, SIMULATED, saidBy, simulated, untilStatus } from '../fixtures/recording.ts'

/** From sockets to sealed days: the recorder against a sandbox that serves simulated markets. */

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
const root = temporary()
const TAPE = join(root, 'simulated')
const open: { close(): Promise<unknown> }[] = []

beforeAll(() => simulated(TAPE, 1))
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function sandbox(options: Partial<Parameters<typeof startSandbox>[0]> = {}): Promise<Sandbox> {
  const started = await startSandbox({
    source: await fromDataset(TAPE),
    speed: 'max',
    begin: 'hold',
    ...options,
  })
  open.push(started)
  return started
}

async function recording(...words: Parameters<typeof recordFrom>): Promise<Session> {
  const session = await recordFrom(...words)
  open.push({ close: () => session.stop('the test is over') })
  return session
}

/** Every source is listened to, so that nothing can be missed. */
function listens(served: Sandbox): boolean {
  const { connections } = served.status()
  return connections.length === SIMULATED.length - 1 && connections.every(({ listens: yes }) => yes)
}

/** How many rows of a kind a recording has by now. */
async function rowsOf(dir: string, kind: number): Promise<number> {
  let rows = 0
  for (const dataset of await openData(dir))
    for await (const columns of readColumns(dataset, { cache: false }))
      for (let i = 0; i < columns.length; i++) if (columns.kind[i] === kind) rows++
  return rows
}

describe('simulated markets, served on the wire and recorded', () => {
  const out = join(root, 'whole')
  let report: SessionReport

  test('come back as the same events, while it runs and when it is sealed', async () => {
    const served = await sandbox()
    const session = await recording(served.url, out)
    await untilStatus(session, () => listens(served))
    served.control.play()
    await served.done
    // The venue tells the strike and the outcome when it is asked.
    await untilStatus(session, ({ markets }) => markets.resolved === 1)
    await untilStatus(session, async () => (await rowsOf(out, Kind.STRIKE)) > 0)
    const said = await saidBy(TAPE)
    expect(await saidBy(out)).toEqual(said)
    report = await session.stop('the test is done')
    expect(await saidBy(out)).toEqual(said)
    expect(said.events).toBeGreaterThan(50_000)
  })

  test('are counted: messages, events, nothing lost, nothing refused', async () => {
    expect(report).toMatchObject({ out, dropped: 0, quarantined: 0, gaps: { count: 0, seconds: 0 } })
    expect(report.feeds.map(({ name }) => name).sort()).toEqual([...SIMULATED].sort())
    for (const feed of report.feeds) expect(feed.messages, feed.name).toBeGreaterThan(0)
    expect(report.messages).toBe(report.feeds.reduce((sum, { messages }) => sum + messages, 0))
    const rows = (await openData(out)).reduce((sum, { manifest }) => sum + manifest.counts.rows, 0)
    expect(report.events).toBe(rows)
  })

  test('are datasets that verify, by day, with nothing left open', async () => {
    for (const { dir } of await openData(out)) await verifyDataset(dir)
    expect(readdirSync(out).filter((name) => name.endsWith('.lock'))).toEqual([])
    const [{ dir, manifest }] = (await openData(out)) as [Dataset]
    const ran = await cli(['datasets', 'verify', dir])
    expect(ran.code, ran.err).toBe(0)
    expect(ran.out).toContain(manifest.dataset_hash)
  })

  test('are made again, to the bit, from the frames that were kept', async () => {
    const again = join(root, 'again')
    const made = await json(['datasets', 'rebuild', out, '--out', again])
    expect(made).toMatchObject({ out: again, events: report.events })
    const hashes = async (dir: string) => (await openData(dir)).map(({ manifest }) => manifest.dataset_hash)
    expect(await hashes(again)).toEqual(await hashes(out))
    const ran = await cli(['datasets', 'rebuild', out, '--out', again])
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('is not empty')])
  })

  test('can be asked in SQL and backtested as they are', async () => {
    const ran = await cli(['sql', 'SELECT count(*) AS n FROM trades', '--data', out, '--format', 'json'])
    expect(ran.code, ran.err).toBe(0)
    expect(JSON.parse(ran.out)[0].n).toBeGreaterThan(100)
    const day = (await openData(out))[0]!.dir
    // Recorded today of a window of another day: its books are there, and no time to trade in.
    const run = await json(['backtest', day, '--strategy', 'market-maker', '--out', join(root, 'run')])
    const [{ manifest }] = (await openData(out)) as [Dataset]
    expect(run).toMatchObject({
      dataset_hash: manifest.dataset_hash,
      events: manifest.counts.rows,
      windows: { total: 1 },
      ledger_residual_micro: 0,
    })
    const again = await json(['replay', join(root, 'run'), '--verify'])
    expect(again.equal).toBe(true)
  })
})

describe('two sockets a line', () => {
  test('make the same events: one leads, the other follows and is kept as it came', async () => {
    const out = join(root, 'redundant')
    const served = await sandbox()
    const session = await recording(served.url, out, { 'recorder.redundancy': 2 })
    await untilStatus(session, () => {
      const { connections } = served.status()
      return connections.length === 2 * (SIMULATED.length - 1) && connections.every(({ listens: yes }) => yes)
    })
    served.control.play()
    await served.done
    await untilStatus(session, ({ markets }) => markets.resolved === 1)
    await untilStatus(session, async () => (await rowsOf(out, Kind.STRIKE)) > 0)
    await session.stop('the test is done')
    expect(await saidBy(out)).toEqual(await saidBy(TAPE))
    const frames = new Map<number, number>()
    await readRaw(out, (record) => {
      if (record.type === 'frame') frames.set(record.connection, (frames.get(record.connection) ?? 0) + 1)
    })
    expect(frames.size).toBe(2 * (SIMULATED.length - 1))
    expect(Math.min(...frames.values())).toBeGreaterThan(500)
  })
})

describe('a recording that is continued', () => {
  test('says how long nobody recorded, and goes on in the same days', async () => {
    const out = join(root, 'continued')
    const served = await sandbox({ speed: 20, begin: 'subscription' })
    const first = await recording(served.url, out)
    await untilStatus(first, ({ events }) => events > 200)
    const before = await first.stop('a pause')
    const second = await recording(served.url, out)
    await untilStatus(second, ({ events }) => events > 200)
    const after = await second.stop('the end')
    const days = await openData(out)
    const gaps = days.flatMap((day) => day.gaps)
    // Gamma is asked, not listened to: a question that was not asked leaves no hole.
    for (const feed of SIMULATED.filter((name) => name !== 'gamma')) {
      const [absent, starting, ...more] = gaps.filter((gap) => gap.feed === feed)
      expect(absent?.reason, feed).toBe('recorder absent: the recorder was stopped')
      expect(absent!.to_us).toBeGreaterThan(absent!.from_us)
      expect(starting?.from_us, feed).toBe(absent!.to_us)
      expect(more, feed).toEqual([])
    }
    const rows = days.reduce((sum, { manifest }) => sum + manifest.counts.rows, 0)
    // Beside what came: a row for each feed that was down in between, said when the folder was opened again.
    expect(rows).toBe(before.events + after.events + SIMULATED.length - 1)
    for (const { dir } of days) await verifyDataset(dir)
  })

  test('is refused by a clock that was set back; where that is accepted, time goes on from its end', async () => {
    const out = join(root, 'set-back')
    const served = await sandbox({ speed: 20, begin: 'subscription' })
    const first = await recording(served.url, out)
    await untilStatus(first, ({ events }) => events > 50)
    await first.stop('a pause')
    const now = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000)
    try {
      await expect(recording(served.url, out)).rejects.toMatchObject({ code: 'recording.time' })
      const second = await recording(served.url, out, {}, {}, { accept_clock: true })
      const begun_us = second.status().now_us
      expect(begun_us).toBeGreaterThan(now() * 1_000 - 600e6)
      await untilStatus(second, ({ now_us, events }) => now_us > begun_us && events > 50)
      await second.stop('the end')
    } finally {
      vi.restoreAllMocks()
    }
    for (const { dir } of await openData(out)) await verifyDataset(dir)
  })

  test('is refused before it begins by a clock that no venue agrees with, and nothing is made', async () => {
    const out = join(root, 'elsewhen')
    // Its venues play another month: without the word that they are a sandbox, ours is the wrong clock.
    const served = await sandbox()
    await expect(recording(served.url, out, {}, {}, { sandboxed: false })).rejects.toMatchObject({
      code: 'recording.time',
      message: expect.stringContaining("the venues' clocks say 2026-0"),
    })
    expect(existsSync(out)).toBe(false)
  })

  test('has one recorder at a time', async () => {
    const out = join(root, 'locked')
    const served = await sandbox()
    await recording(served.url, out)
    await expect(recordFrom(served.url, out)).rejects.toMatchObject({ code: 'recording.locked' })
  })
})

describe('engine record', () => {
  const command = (out: string, url: string, ...more: string[]) => [
    ...['record', '--assets', 'btc', '--series', '5m', '--out', out, '--sandbox', url],
    ...['--feeds', SIMULATED.join(','), ...more],
  ]

  test('ends by itself after its time, with one object', async () => {
    const served = await sandbox({ speed: 5, begin: 'subscription' })
    const out = join(root, 'timed')
    const ran = await cli([...command(out, served.url, '--duration', '3'), '--json'])
    expect(ran.code, ran.err).toBe(0)
    expect(JSON.parse(ran.out)).toMatchObject({ out, dropped: 0, feeds: expect.arrayContaining([]) })
    expect(ran.out.trim().split('\n')).toHaveLength(1)
    expect(ran.err).toMatch(/recording, messages \d+, events \d+/)
  })

  test('seals and ends with 0 on Ctrl-C, and says what came', async () => {
    const served = await sandbox({ speed: 5, begin: 'subscription' })
    const out = join(root, 'stopped')
    const child = spawn(process.execPath, [MAIN, ...command(out, served.url)], { stdio: 'pipe' })
    let text = ''
    child.stdout.on('data', (piece) => {
      text += piece
    })
    const deadline = performance.now() + 60_000
    while (!Object.values(served.status().feeds).some(({ sent }) => sent > 100)) {
      if (performance.now() > deadline) throw new Error('nobody listened')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    expect(text).toMatch(/messages {2,}\d/)
    expect(text).toMatch(/binance +\d/)
    for (const { dir } of await openData(out)) await verifyDataset(dir)
    expect(existsSync(join(out, 'recording.lock'))).toBe(false)
  })

  test('names what is wrong before anything is made', async () => {
    const out = join(root, 'nothing')
    const faults: [string[], RegExp][] = [
      [['--assets', 'gold'], /"gold" is no asset: use some of btc/],
      [['--series', '7m'], /"7m" is no series/],
      [['--feeds', 'binance,reuters'], /"reuters" is no source/],
      [['--wallets', '0x12'], /"0x12" is no address/],
      [['--duration', '-1'], /number of seconds above 0/],
      [['--sandbox', 'http://127.0.0.1:9'], /start one with engine sandbox/],
      [['--param', 'recorder.flush_ms=0'], /recorder\.flush_ms.*from 1 to/],
      [['--param', 'endpoints.binance_stream=nowhere'], /binance_stream.*is no address/],
    ]
    for (const [words, message] of faults) {
      const ran = await cli(['record', '--out', out, ...words])
      expect(ran.code, words.join(' ')).not.toBe(0)
      expect(ran.err, words.join(' ')).toMatch(message)
    }
    expect(existsSync(out)).toBe(false)
  })
})
