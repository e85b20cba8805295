import { request } from 'undici'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { simulated } from './client.fixture.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

const open: Sandbox[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function sandbox(host?: string): Promise<Sandbox> {
  const one = await startSandbox({
    source: simulated(1, 1),
    begin: 'hold',
    ...(host !== undefined && { host }),
  })
  open.push(one)
  return one
}

async function ask(
  url: string,
  path: string,
  method: 'GET' | 'POST',
  headers: Record<string, string>,
): Promise<number> {
  const { statusCode, body } = await request(url + path, { method, headers })
  await body.dump()
  return statusCode
}

describe('a sandbox', () => {
  test('serves programs, by its address and by localhost', async () => {
    const { url } = await sandbox()
    const { port } = new URL(url)
    for (const headers of [
      {},
      { host: `localhost:${port}` },
      { host: `127.0.0.1:${port}` },
      { host: `[::1]:${port}` },
    ])
      expect(await ask(url, '/sandbox/status', 'GET', headers)).toBe(200)
    expect(await ask(url, '/sandbox/control/pause', 'POST', {})).toBe(200)
  })

  test('does not answer under a name that somebody lets point to it', async () => {
    const { url } = await sandbox()
    for (const path of ['/sandbox/status', '/sandbox/credentials', '/sandbox/endpoints'])
      expect(await ask(url, path, 'GET', { host: 'evil.example' })).toBe(421)
  })

  test('does nothing for web pages, whatever they ask', async () => {
    const { url } = await sandbox()
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect(await ask(url, '/sandbox/control/stop', 'POST', headers)).toBe(403)
      expect(await ask(url, '/sandbox/status', 'GET', headers)).toBe(403)
    }
    expect(await ask(url, '/sandbox/control/pause', 'POST', { origin: url })).toBe(200)
  })

  test('opens no socket to a web page', async () => {
    const { endpoints } = await sandbox()
    const address = Object.values(endpoints).find((one) => one.startsWith('ws:'))!
    const status = await new Promise((resolve) => {
      const socket = new WebSocket(address, { origin: 'http://evil.example' })
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('open', () => resolve('open'))
      socket.on('error', () => undefined)
    })
    expect(status).toBe(403)
  })

  test('that others can reach obeys whoever has its token alone', async () => {
    const { url, token } = await sandbox('0.0.0.0')
    const here = url.replace('0.0.0.0', '127.0.0.1')
    expect(await ask(here, '/sandbox/control/pause', 'POST', {})).toBe(401)
    expect(await ask(here, '/sandbox/control/pause', 'POST', { authorization: `Bearer ${token}x` })).toBe(401)
    expect(await ask(here, '/sandbox/control/pause', 'POST', { authorization: `Bearer ${token}` })).toBe(200)
    expect(await ask(here, '/sandbox/status', 'GET', {})).toBe(200)
  })
})
