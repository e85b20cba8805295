import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ask, type Client, connect, simulated, tokensOf } from './client.fixture.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
import type { Sent } from './send-log.ts'

/** Each fault does what it says, to clients on real sockets, and counts it. */

const open: { sandbox: Sandbox; clients: Client[] }[] = []
const folders: string[] = []
afterEach(async () => {
  for (const { sandbox, clients } of open.splice(0)) {
    await sandbox.close()
    for (const client of clients) await client.until(({ closed }) => closed() !== undefined)
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

const STREAMS = '/stream?streams=btcusdt@trade/btcusdt@bookTicker'
const TICKER = [
  '{"type":"subscribe","channel":"ticker","product_ids":["BTC-USD"]}',
  '{"type":"subscribe","channel":"heartbeats"}',
]

/** A sandbox at a lively pace, with a client of Binance and one of Coinbase. */
async function start(options: Partial<SandboxOptions> = {}) {
  const sandbox = await startSandbox({ source: simulated(3, 1), speed: 50, ...options })
  const binance = () => connect(sandbox.endpoints['binance.stream'] + STREAMS)
  const coinbase = () => connect(sandbox.endpoints['coinbase.advanced']!, TICKER)
  const clients: Client[] = []
  open.push({ sandbox, clients })
  const fault = (body: object) => ask(`${sandbox.url}/sandbox/control/fault`, 'POST', body)
  const counted = (name: string) => sandbox.status().faults.counts[name] ?? 0
  const join = async (make: () => Promise<Client>) => {
    const client = await make()
    clients.push(client)
    return client
  }
  return { sandbox, binance: () => join(binance), coinbase: () => join(coinbase), fault, counted }
}

const more = (count: number) => {
  let from: number | undefined
  return ({ texts }: Client) => {
    from ??= texts.length
    return texts.length >= from + count
  }
}

const updates = (texts: readonly string[]) =>
  texts.flatMap((text) => {
    try {
      const { data } = JSON.parse(text) as { data: { u?: number } }
      return data?.u ?? []
    } catch {
      return []
    }
  })

describe('connections', () => {
  test('drop closes the sockets of its feed with its code, once, and no others', async () => {
    const { binance, coinbase, fault, counted, sandbox } = await start()
    const dropped = await binance()
    const other = await coinbase()
    await dropped.until(more(5))
    await fault({ name: 'drop', feed: 'binance', code: 4321 })
    await dropped.until(({ closed }) => closed() === 4321)
    await other.until(more(20))
    expect(counted('drop')).toBe(1)
    expect(sandbox.status().faults.active).toEqual([])
    const again = await binance()
    await again.until(more(5))
  })

  test('drop with 1006 says no goodbye; with every_s it strikes again', async () => {
    const { binance, fault, counted } = await start()
    const first = await binance()
    await fault({ name: 'drop', every_s: 0.05 })
    await first.until(({ closed }) => closed() === 1006)
    const second = await binance()
    await second.until(({ closed }) => closed() === 1006)
    expect(counted('drop')).toBeGreaterThanOrEqual(2)
  })

  test('a cut that refuses resets everything and every request, until it is cleared', async () => {
    const { binance, coinbase, fault, sandbox, counted } = await start()
    const clients = [await binance(), await coinbase()]
    await fault({ name: 'cut', mode: 'refuse' })
    for (const client of clients) await client.until(({ closed }) => closed() === 1006)
    await expect(binance()).rejects.toThrow(/ECONNRESET|socket hang up/)
    await expect(fetch(`${sandbox.endpoints['clob_market.rest']}/time`)).rejects.toThrow()
    // The sandbox's own routes are beside the network that is cut.
    expect((await ask(`${sandbox.url}/sandbox/control/fault?name=cut`, 'DELETE')).json).toEqual({
      cleared: 1,
    })
    await (await binance()).until(more(5))
    expect(counted('cut')).toBeGreaterThanOrEqual(4)
  })

  test('in a black hole sockets stay open and hear nothing; when it is over they are gone', async () => {
    const { binance, coinbase, fault, sandbox } = await start()
    const client = await binance()
    await client.until(more(5))
    await fault({ name: 'cut', mode: 'blackhole', feed: 'binance' })
    const other = await coinbase()
    const before = client.texts.length
    await other.until(more(30))
    expect(client.texts.length).toBeLessThanOrEqual(before + 1)
    expect(client.closed()).toBeUndefined()
    let heard = false
    const url = `${sandbox.endpoints['binance.rest']}/api/v3/time`
    const request = fetch(url).finally(() => {
      heard = true
    })
    request.catch(() => undefined)
    await other.until(more(30))
    expect(heard).toBe(false)
    sandbox.control.clear('cut')
    await expect(request).rejects.toThrow()
    await client.until(({ closed }) => closed() === 1006)
  })

  test('restart closes everything with 1001 and refuses for a while', async () => {
    const { binance, coinbase, fault } = await start()
    const clients = [await binance(), await coinbase()]
    await fault({ name: 'restart', down_s: 0.2 })
    for (const client of clients) await client.until(({ closed }) => closed() === 1001)
    await expect(binance()).rejects.toThrow()
    let back: Client | undefined
    while (back === undefined) back = await binance().catch(() => undefined)
    await back.until(more(5))
  })
})

describe('messages', () => {
  test('freeze of the open sockets: those opened after it have data', async () => {
    const { coinbase, fault, sandbox } = await start()
    const before = await coinbase()
    await before.until(more(20))
    await fault({ name: 'freeze', sockets: 'open' })
    const count = before.texts.length
    const after = await coinbase()
    await after.until(more(20))
    const isData = (text: string) => !/"heartbeats"|"subscriptions"/.test(text)
    expect(after.texts.filter(isData).length).toBeGreaterThan(0)
    expect(before.texts.slice(count + 5).filter(isData)).toEqual([])
    expect(sandbox.status().connections.map(({ withheld }) => withheld > 0)).toEqual([true, false])
  })

  test('freeze: data stop, acknowledgements and heartbeats go on, and no number is left out', async () => {
    const { coinbase, fault, counted, sandbox } = await start()
    const client = await coinbase()
    await client.until(more(20))
    await fault({ name: 'freeze' })
    const before = client.texts.length
    const isBeat = (text: string) => text.includes('"heartbeats"')
    await client.until(
      ({ texts }) => texts.slice(before + 5).some(isBeat) || texts.filter(isBeat).length >= 2,
    )
    const frozen = client.texts.slice(before + 5)
    expect(frozen.every((text) => isBeat(text) || text.includes('"subscriptions"'))).toBe(true)
    expect(counted('freeze')).toBeGreaterThan(0)
    sandbox.control.clear('freeze')
    await client.until(more(20))
    const numbers = client.texts.map((text) => (JSON.parse(text) as { sequence_num: number }).sequence_num)
    expect(numbers).toEqual(numbers.map((_, i) => i))
  })

  test('lost: numbers go on, messages are missing, and as many as are counted', async () => {
    const { coinbase, sandbox, counted } = await start({
      faults: [{ name: 'lost', feed: null, for_s: null, args: { rate: 0.2 } }],
    })
    const client = await coinbase()
    await client.until(more(100))
    sandbox.control.stop()
    const { sent, withheld } = sandbox.status().feeds.coinbase!
    await client.until(({ texts }) => texts.length >= sent)
    const numbers = client.texts.map((text) => (JSON.parse(text) as { sequence_num: number }).sequence_num)
    expect(withheld).toBe(counted('lost'))
    expect(withheld).toBeGreaterThan(5)
    // What is lost at the very end shows in no number.
    expect(numbers.at(-1)! + 1 - numbers.length).toBeLessThanOrEqual(withheld)
    expect(numbers.at(-1)! + 1).toBeGreaterThan(numbers.length)
  })

  test('duplicate: messages come twice', async () => {
    const { binance, fault, counted } = await start()
    await fault({ name: 'duplicate', rate: 0.3 })
    const client = await binance()
    await client.until(() => counted('duplicate') >= 10 && updates(client.texts).length > 50)
    const all = updates(client.texts)
    expect(all.length).toBeGreaterThan(new Set(all).size)
    expect(all).toEqual([...all].sort((a, b) => a - b))
  })

  test('reorder: messages are overtaken, none is missing', async () => {
    const { binance, fault, counted, sandbox } = await start()
    await fault({ name: 'reorder', rate: 0.3, depth: 2 })
    const client = await binance()
    await client.until(() => counted('reorder') >= 10)
    sandbox.control.stop()
    await sandbox.done
    await client.until(({ texts }) => texts.length >= sandbox.status().feeds.binance!.sent)
    expect(sandbox.status().feeds.binance!.withheld).toBe(0)
    const all = updates(client.texts)
    const sorted = [...all].sort((a, b) => a - b)
    expect(all).not.toEqual(sorted)
    expect(sorted).toEqual(sorted.map((_, i) => sorted[0]! + i))
  })

  test('malformed: some are no JSON or have values of another type', async () => {
    const { binance, fault, counted } = await start()
    await fault({ name: 'malformed', rate: 0.3, kind: 'truncated' })
    const client = await binance()
    await client.until(() => counted('malformed') >= 10)
    await client.until(more(1))
    const broken = client.texts.filter((text) => updates([text]).length === 0 && !text.includes('"trade"'))
    expect(broken.length).toBeGreaterThan(0)
  })

  test('slow: messages come late, in order, and all of them', async () => {
    const { binance, fault, counted, sandbox } = await start()
    await fault({ name: 'slow', delay_ms: 50, bytes_per_s: 100_000 })
    const client = await binance()
    await client.until(more(50))
    expect(counted('slow')).toBeGreaterThanOrEqual(50)
    expect(sandbox.status().connections[0]!.backlog).toBeGreaterThan(0)
    const all = updates(client.texts)
    expect(all).toEqual(all.map((_, i) => all[0]! + i))
  })

  test('wrong-best-bid: stated best bids are off the book by a tick, as often as is counted', async () => {
    const source = simulated(5, 1)
    const tokens = tokensOf(source.instruments)
    const { sandbox, counted } = await start({ source, speed: 'max', begin: 'hold', touch: false })
    const client = await connect(sandbox.endpoints['clob_market.stream']!, [
      JSON.stringify({ type: 'market', assets_ids: tokens }),
    ])
    open.at(-1)!.clients.push(client)
    sandbox.control.fault({ name: 'wrong-best-bid', feed: null, for_s: null, args: { rate: 0.05 } })
    while (!sandbox.status().connections.some(({ listens }) => listens))
      await new Promise((resolve) => setImmediate(resolve))
    sandbox.control.play()
    await client.until(() => counted('wrong-best-bid') >= 20)
    sandbox.control.stop()
    await client.until(({ texts }) => texts.length >= sandbox.status().feeds.clob_market!.sent)
    let wrong = 0
    for (const text of client.texts) {
      const event = JSON.parse(text) as {
        price_changes?: { best_bid: string; best_ask: string; asset_id: string }[]
      }
      const [up, down] = tokens.map((id) => event.price_changes?.find(({ asset_id }) => asset_id === id))
      // Bids of one token are asks of the other.
      if (up !== undefined && Math.round((Number(up.best_bid) + Number(down!.best_ask)) * 1e4) !== 1e4)
        wrong++
    }
    expect(wrong).toBeGreaterThan(0)
    expect(wrong).toBeLessThanOrEqual(counted('wrong-best-bid'))
  })
})

describe('requests', () => {
  test('http-429 says when to come back; http-5xx and html-error answer as they say; each for its feed', async () => {
    const { sandbox, fault, binance, counted } = await start()
    const time = `${sandbox.endpoints['clob_market.rest']}/time`
    await fault({ name: 'http-429', feed: 'clob_market', retry_after_s: 7 })
    const limited = await ask(time)
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
    expect((await ask(`${sandbox.endpoints['gamma.rest']}/status`)).status).toBe(200)
    sandbox.control.clear(null)
    await fault({ name: 'http-5xx', status: 502 })
    expect((await ask(time)).status).toBe(502)
    await expect(binance()).rejects.toThrow('502')
    sandbox.control.clear(null)
    await fault({ name: 'html-error' })
    const page = await ask(time)
    expect([page.status, page.headers.get('content-type')]).toEqual([403, 'text/html; charset=UTF-8'])
    sandbox.control.clear(null)
    expect((await ask(time)).status).toBe(200)
    expect([counted('http-429'), counted('http-5xx'), counted('html-error')]).toEqual([1, 2, 1])
  })

  test('a fault ends by itself after for_s; what cannot be asked for is refused with its reason', async () => {
    const { sandbox, fault } = await start()
    await fault({ name: 'http-429', for_s: 0.05 })
    const time = `${sandbox.endpoints['clob_market.rest']}/time`
    while ((await ask(time)).status === 429);
    expect(sandbox.status().faults.active).toEqual([])
    const refused = await fault({ name: 'drop', rate: 2 })
    expect(refused.status).toBe(400)
    expect(refused.json).toMatchObject({ code: 'usage.fault', message: expect.stringContaining('rate') })
  })
})

test('the log holds every text that a client got, with its number and hash, and those that were lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
  folders.push(folder)
  const log = join(folder, 'sent.jsonl')
  const { sandbox, binance, counted } = await start({
    log,
    faults: [{ name: 'lost', feed: null, for_s: null, args: { rate: 0.1 } }],
  })
  const client = await binance()
  await client.until(more(200))
  sandbox.control.stop()
  await client.until(({ texts }) => texts.length >= sandbox.status().feeds.binance!.sent)
  const lost = counted('lost')
  await sandbox.close()
  const lines = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sent)
  const sent = lines.filter(({ seq }) => seq !== null)
  expect(sent.map(({ seq }) => seq)).toEqual(client.texts.map((_, i) => i))
  expect(sent.map(({ sha1 }) => sha1)).toEqual(
    client.texts.map((text) => createHash('sha1').update(text).digest('hex')),
  )
  expect(lines.filter(({ fault }) => fault === 'lost').length).toBe(lost)
  expect(lost).toBeGreaterThan(0)
})
