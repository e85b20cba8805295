import { once } from 'node:events'
import { expect, test } from 'vitest'
import { capture } from '../capture.ts'
import { Stopped } from '../errors.ts'
import { runCli } from '../run.ts'

/** Resolves when something was printed. */
async function printed(out: () => string): Promise<string> {
  while (!out().includes('\n')) await new Promise((resolve) => setImmediate(resolve))
  return out()
}

async function refusal(argv: string[]): Promise<[number, string]> {
  const { io, err } = capture()
  const code = await runCli(['sandbox', ...argv, '--json'], io)
  return [code, (JSON.parse(err()) as { message: string }).message]
}

test('says in one line where it is, serves until it is stopped, and ends with 0', async () => {
  const { io, out, err, stop } = capture()
  const running = runCli(
    ['sandbox', '--simulate', '27', '--windows', '1', '--fault', 'lost:rate=0.5,feed=kraken', '--json'],
    io,
  )
  const line = await printed(out)
  const { url, pid } = JSON.parse(line) as { url: string; pid: number }
  expect(pid).toBe(process.pid)
  const endpoints = (await (await fetch(`${url}/sandbox/endpoints`)).json()) as Record<string, string>
  expect(endpoints['binance.stream']).toBe(`${url.replace('http', 'ws')}/binance`)
  const status = (await (await fetch(`${url}/sandbox/status`)).json()) as Record<string, unknown>
  expect(status).toMatchObject({
    state: 'ready',
    source: { kind: 'simulation' },
    faults: { active: [{ name: 'lost', feed: 'kraken', args: { rate: 0.5 } }] },
  })
  stop(new Stopped('SIGINT'))
  expect(await running).toBe(0)
  expect([out(), err()]).toEqual([line, ''])
  await expect(fetch(url)).rejects.toThrow()
})

test('windows of now are on the clock of the wall', async () => {
  const { io, out, stop } = capture()
  const running = runCli(['sandbox', '--simulate', '27', '--start', 'now', '--json'], io)
  const { url } = JSON.parse(await printed(out)) as { url: string }
  const { position, state } = (await (await fetch(`${url}/sandbox/status`)).json()) as {
    position: { time_us: number }
    state: string
  }
  expect(state).toBe('playing')
  // Whole seconds, and what starting took.
  expect(Math.abs(position.time_us / 1e6 - Date.now() / 1e3)).toBeLessThan(60)
  stop(new Stopped('SIGTERM'))
  expect(await running).toBe(0)
})

test('the shipped dataset is served; without --json the addresses are listed', async () => {
  const { io, out, stop } = capture()
  const running = runCli(
    ['sandbox', '--dataset', 'datasets/btc-5m-2026-04-15', '--speed', 'max', '--hold'],
    io,
  )
  const text = await printed(out)
  const url = /sandbox +(http\S+)/.exec(text)![1]!
  expect(text).toContain('clob_market.stream')
  const { default: WebSocket } = await import('ws')
  const { events } = (await (await fetch(`${url}/gamma/events/keyset?limit=1`)).json()) as {
    events: { markets: { clobTokenIds: string }[] }[]
  }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws-subscriptions-clob/ws/market`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'market', assets_ids: JSON.parse(events[0]!.markets[0]!.clobTokenIds) }))
  socket.send('PING')
  await once(socket, 'message')
  await fetch(`${url}/sandbox/control/play`, { method: 'POST' })
  const [first] = (await once(socket, 'message')) as [Buffer]
  expect(JSON.parse(String(first))).toMatchObject({
    event_type: expect.stringMatching(/^(book|price_change|tick_size_change)$/),
  })
  stop(new Stopped('SIGINT'))
  expect(await running).toBe(0)
})

test.each([
  [[], /nothing to serve/],
  [['--dataset', 'a', '--simulate', '1'], /more than one thing/],
  [['--simulate', '1', '--hold', '--now'], /exclude each other/],
  [['--simulate', '1', '--speed', 'fast'], /is no speed/],
  [['--simulate', '1', '--fault', 'rain'], /is no fault/],
  [['--simulate', '1', '--port', '70000'], /65535/],
  [['--simulate', '1', '--series', '2h'], /is not simulated/],
  [['--simulate', '1', '--start', 'soon'], /soon/],
  [['--simulate', '1', '--windows', '0'], /not a number of windows/],
])('usage: %j is refused', async (argv, message) => {
  const [code, text] = await refusal(argv)
  expect(code).toBe(2)
  expect(text).toMatch(message)
})

test('a dataset or script that is not there is named', async () => {
  expect(await refusal(['--dataset', '/nowhere'])).toEqual([1, expect.stringContaining('/nowhere')])
  expect(await refusal(['--script', '/nowhere'])).toEqual([1, expect.stringContaining('/nowhere')])
})
