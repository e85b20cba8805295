import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Market } from '../../core/events/index.ts'
import type { Listing } from '../feeds/feed.ts'
import { FEEDS } from '../feeds/index.ts'
import { FEED_NAMES } from '../journal/record.ts'
import { kalshiTokens } from '../kalshi/index.ts'
import { REDACTED } from '../redactor.ts'
import { connect } from './connection.ts'
import { createRequester } from './requester.ts'
import { readSecrets, redactorOf } from './secrets.ts'
import { createSupervisor } from './supervisor.ts'
import { startVenue, until } from './venue.fixture.ts'
import { linePlan, scriptedDial, trial } from './world.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('credentials', () => {
  test('are read from the environment by source and name', () => {
    const file = join(folder, 'key.pem')
    writeFileSync(file, '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n')
    const env = {
      PATH: '/bin',
      LOCKSTEP_DATA: 'x',
      LOCKSTEP_SECRET_KALSHI_KEY_ID: 'id',
      LOCKSTEP_SECRET_KALSHI_PRIVATE_KEY_FILE: file,
      LOCKSTEP_SECRET_CLOB_API_KEY: 'k',
      LOCKSTEP_SECRET_CLOB_SECRET: 's',
      LOCKSTEP_SECRET_CLOB_USER_SECRET: 'own',
      LOCKSTEP_SECRET_CLOB_PASSPHRASE: '',
    }
    expect(readSecrets(env)).toEqual({
      kalshi: { key_id: 'id', private_key: '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----' },
      clob_user: { api_key: 'k', secret: 'own' },
      polybolt: { api_key: 'k', secret: 's' },
    })
  })

  test('that cannot be read are refused by the variable’s name, never its value', () => {
    const refusal = (env: Record<string, string>): Error => {
      try {
        readSecrets(env)
      } catch (error) {
        return error as Error
      }
      throw new Error('it was taken')
    }
    const unknown = refusal({ LOCKSTEP_SECRET_KRAKKEN_KEY: 'hunter2!' })
    expect(unknown).toMatchObject({ code: 'secrets.source', field: 'LOCKSTEP_SECRET_KRAKKEN_KEY' })
    const missing = refusal({ LOCKSTEP_SECRET_KALSHI_KEY_FILE: '/hunter2!' })
    expect(missing).toMatchObject({ code: 'secrets.file', field: 'LOCKSTEP_SECRET_KALSHI_KEY_FILE' })
    for (const { message } of [unknown, missing]) expect(message).not.toContain('hunter2!')
  })
})

const OWN_KEY = '01234567-89ab-cdef-0123-456789abcdef'
const PEM = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string
const escaped = (text: string) =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const hexOf = (text: string) => Buffer.from(text).toString('hex')

const TICKER = 'KXBTC15M-26APR271445-45'
const LISTED: Listing = {
  index: 0,
  market: { slug: TICKER, start_us: 0, end_us: 9e14 } as Market,
  tokens: kalshiTokens(TICKER),
  version: 'v1',
}

/** Every socket that is only opened with credentials. */
const PRIVATE = FEEDS.flatMap((feed) => {
  const scope = { assets: ['btc'], series: ['15m'], markets: [LISTED], wallets: [] }
  const open = new Set(feed.lines({ ...scope, credentials: new Set() }).map(({ line }) => line))
  return feed
    .lines({ ...scope, credentials: new Set(FEED_NAMES) })
    .filter(({ line }) => !open.has(line))
    .map((plan) => ({ feed: feed.name, plan }))
})

describe('a secret', () => {
  test('leaves no text in any form in which it is written', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, unit: 'binary' }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const redact = redactorOf({ kalshi: { secret } }).text
          for (const form of [secret, JSON.stringify(secret), encodeURIComponent(secret)]) {
            const clean = redact(`${before}|${form}|${after}`)
            expect(clean).toContain(REDACTED)
            if (!REDACTED.includes(secret)) expect(clean).not.toContain(secret)
          }
        },
      ),
    )
  })

  test('that is a key of several lines leaves none of them', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'QUJD'.repeat(16)}\n${'REVG'.repeat(16)}\n-----END PRIVATE KEY-----`
    const redact = redactorOf({ kalshi: { private_key: key } }).text
    expect(redact(`bad key: ${'REVG'.repeat(16)}`)).toBe(`bad key: ${REDACTED}`)
  })

  test('that a venue sends back reaches no note, record or error', async () => {
    const secret = 'k-0123456789'
    const secrets = { clob_market: { key: secret } }
    const venue = await startVenue()
    const { world, records } = trial(
      { request_attempts: 1 },
      {
        secrets,
        redactor: redactorOf(secrets),
        endpoints: { 'clob_market.ws': venue.ws, 'clob_market.rest': venue.http },
      },
    )
    const supervisor = createSupervisor(world)
    const requester = createRequester(world)
    const plan = linePlan({
      hello: (_keys, own) => [`auth ${own.key}`],
      headers: (own) => ({ 'x-key': own.key! }),
    })
    supervisor.plan([{ feed: 'clob_market', plan }])
    await until(() => venue.said[0]?.length === 1)
    expect(venue.said[0]).toEqual([`auth ${secret}`])
    venue.sockets[0]!.send(`welcome ${secret}`)
    venue.sockets[0]!.close(4001, `bad key ${secret}`)
    venue.answer((_request, response) => response.end(`{"key":"${secret}"}`))
    const { text } = await requester.ask({
      feed: 'clob_market',
      role: 'rest',
      request: 'me',
      path: `/me?key=${secret}`,
    })
    expect(text()).toContain(secret)
    await until(() => records.some((record) => record.type === 'note' && record.note.note === 'refused'))
    const notes = records.map((record) =>
      'bytes' in record ? { ...record, bytes: String(Buffer.from(record.bytes)) } : record,
    )
    expect(notes.map(({ type }) => type)).toEqual(expect.arrayContaining(['frame', 'answer', 'note']))
    expect(JSON.stringify([notes, supervisor.status()])).not.toContain(secret)
    expect(JSON.stringify(notes)).toContain(`bad key ${REDACTED}`)
    await supervisor.stop('enough')
    await requester.stop()
    await venue.close()
  })

  test('there are sockets of three sources that need credentials', () => {
    expect(PRIVATE.map(({ feed }) => feed).sort()).toEqual(['clob_user', 'kalshi', 'polybolt'])
  })

  test.each(PRIVATE)('of $feed is in no record, however its venue repeats it', ({ feed, plan }) => {
    const [secret, pass] = ['c2VjcmV0/+value==', 'p4ss"phrase-0123']
    const secrets = {
      [feed]: { api_key: OWN_KEY, key_id: OWN_KEY, secret, passphrase: pass, private_key: PEM },
    }
    const { world, records } = trial({}, { secrets, redactor: redactorOf(secrets) })
    const { dial, sockets } = scriptedDial()
    connect(world, dial, feed, plan, 1, () => plan.keys, {
      opened() {},
      frame: (record) => world.sink(record),
      ended() {},
    })
    sockets[0]!.open()
    for (const value of [OWN_KEY, secret, pass])
      for (const text of [value, JSON.stringify({ error: { quoted: value } }), escaped(value), hexOf(value)])
        sockets[0]!.say(`{"op":"error","said":${JSON.stringify(text)}} ${text}`)
    const kept = records
      .map((record) => ('bytes' in record ? String(Buffer.from(record.bytes)) : ''))
      .join('\n')
    expect(records.length).toBe(12)
    for (const value of [
      OWN_KEY,
      secret,
      pass,
      ...[OWN_KEY, secret, pass].flatMap((v) => [escaped(v), hexOf(v)]),
    ])
      expect(kept).not.toContain(value)
  })
})
