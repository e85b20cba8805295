import { describe, expect, test } from 'vitest'
import { ask, connect, simulated } from './client.fixture.ts'
import { startSandbox } from './sandbox.ts'

const STREAM = '/ws/btcusdt@bookTicker'

describe('the beginning', () => {
  test('is the first subscription to market data, and nothing before it', async () => {
    const sandbox = await startSandbox({ source: simulated(1, 1), speed: 'max' })
    const idle = await connect(`${sandbox.endpoints['binance.stream']}/ws`)
    expect(sandbox.status().state).toBe('ready')
    idle.send('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":7}')
    await idle.until(({ texts }) => texts.length > 10)
    expect(idle.texts[0]).toBe('{"result":null,"id":7}')
    expect(sandbox.status().state).not.toBe('ready')
    await sandbox.close()
  })

  test('on hold it waits for the control route; pause, speed and stop are routes too', async () => {
    const sandbox = await startSandbox({ source: simulated(1, 1), speed: 10, begin: 'hold' })
    const control = (verb: string, body?: unknown) =>
      ask(`${sandbox.url}/sandbox/control/${verb}`, 'POST', body)
    const client = await connect(sandbox.endpoints['binance.stream'] + STREAM)
    expect((await ask(`${sandbox.url}/sandbox/status`)).json).toMatchObject({
      state: 'ready',
      playing: false,
    })
    expect((await control('play')).json).toMatchObject({ state: 'playing', speed: 10 })
    await client.until(({ texts }) => texts.length >= 3)
    expect((await control('pause')).json).toMatchObject({ state: 'paused' })
    const { position } = sandbox.status()
    expect((await control('speed', { speed: 'max' })).json).toMatchObject({ state: 'paused', speed: 'max' })
    expect(sandbox.status().position).toEqual(position)
    expect((await control('speed', { speed: -1 })).status).toBe(400)
    await control('play')
    await client.until(({ texts }) => texts.length >= 100)
    expect((await control('stop')).json).toMatchObject({ state: 'stopped' })
    await sandbox.done
    await sandbox.close()
  })

  test('at once, where that is asked for; two runs of one seed tell the same', async () => {
    const rows = async () => {
      const sandbox = await startSandbox({ source: simulated(1, 1), speed: 'max', begin: 'now' })
      await sandbox.done
      const { position, state } = sandbox.status()
      await sandbox.close()
      return { ...position, state }
    }
    const first = await rows()
    expect(first).toMatchObject({ state: 'done' })
    expect(first.rows).toBeGreaterThan(50_000)
    expect(await rows()).toEqual(first)
  })
})

describe('clients that do not keep up', () => {
  test('at a pace: are closed as the venue does, and counted; others go on', async () => {
    const source = simulated(1, 1)
    const sandbox = await startSandbox({ source, speed: 100_000, begin: 'hold', backlog_max: 50_000 })
    const slow = await connect(sandbox.endpoints['binance.stream'] + STREAM)
    const quick = await connect(`${sandbox.endpoints['kraken.stream']}/v2`, [
      '{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"bbo"}}',
    ])
    await quick.until(({ texts }) => texts.length >= 2)
    sandbox.control.fault({
      name: 'slow',
      feed: 'binance',
      for_s: null,
      args: { delay_ms: 60_000, bytes_per_s: 0 },
    })
    sandbox.control.play()
    await slow.until(({ closed }) => closed() === 1008)
    expect(sandbox.status().feeds.binance).toMatchObject({ slow: 1 })
    await quick.until(({ texts }) => texts.length >= 100)
    expect(quick.closed()).toBeUndefined()
    await sandbox.close()
  })

  test('with PINGs alone, whose answers they do not read: are closed, and little is held for them', async () => {
    const sandbox = await startSandbox({ source: simulated(1, 1), speed: 'max', begin: 'hold' })
    const client = await connect(sandbox.endpoints['binance.stream'] + STREAM)
    const { socket } = client
    await new Promise<void>((done) => socket.ping('', true, () => done()))
    socket.pause()
    const data = Buffer.alloc(125)
    while (sandbox.status().feeds.binance!.slow === 0) {
      for (let i = 0; i < 10_000; i++) socket.ping(data)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(sandbox.status().feeds.binance!.slow).toBeGreaterThan(0)
    socket.resume()
    await client.until(({ closed }) => closed() !== undefined)
    await sandbox.close()
  })

  test('at speed max: are waited for, and lose nothing', async () => {
    const sandbox = await startSandbox({
      source: simulated(1, 1),
      speed: 'max',
      begin: 'hold',
      backlog_max: 1,
    })
    const client = await connect(`${sandbox.endpoints['binance.stream']}/stream?streams=btcusdt@bookTicker`)
    client.socket.pause()
    sandbox.control.play()
    // It reads nothing until the sandbox has come to wait for it, or to the end of what the system holds.
    while (sandbox.status().connections[0]!.backlog < 1 << 20 && sandbox.status().state === 'playing')
      await new Promise((resolve) => setImmediate(resolve))
    client.socket.resume()
    await sandbox.done
    await client.until(({ texts }) => texts.length >= sandbox.status().feeds.binance!.sent)
    const numbers = client.texts.map((text) => (JSON.parse(text) as { data: { u: number } }).data.u)
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    expect(sandbox.status().feeds.binance!.slow).toBe(0)
    await sandbox.close()
  })
})

test('closing ends every connection and frees the port', async () => {
  const sandbox = await startSandbox({ source: simulated(1, 1), begin: 'hold' })
  const client = await connect(sandbox.endpoints['binance.stream'] + STREAM)
  const port = Number(new URL(sandbox.url).port)
  await sandbox.close()
  await sandbox.close()
  await client.until(({ closed }) => closed() !== undefined)
  const again = await startSandbox({ source: simulated(1, 1), begin: 'hold', port })
  expect(again.url).toBe(sandbox.url)
  await again.close()
})
