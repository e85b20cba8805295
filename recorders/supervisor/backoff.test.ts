import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Rng } from '../../core/random/index.ts'
import { createBackoff } from './backoff.ts'
import { answeredBy, broken, closedBy, htmlPage, retryAfter } from './ending.ts'

const settings = { backoff_ms: 250, backoff_cap_ms: 30_000, refused_ms: 300_000 }
const lost = broken('reset')

describe('the wait before connecting again', () => {
  test('is anything from 0 to a bound that doubles up to a cap, evenly', () => {
    fc.assert(
      fc.property(fc.nat(1_000), (seed) => {
        const backoff = createBackoff(settings, Rng.create(seed, 1))
        for (let i = 0; i < 100; i++) {
          const wait = backoff.failed(lost, 'binance')
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThanOrEqual(Math.min(30_000, 250 * 2 ** i))
        }
      }),
    )
    const rng = Rng.create(1, 1)
    const draws = Array.from({ length: 4_000 }, () => createBackoff(settings, rng).failed(lost, 'binance'))
    const mean = draws.reduce((a, b) => a + b) / draws.length
    expect(mean).toBeGreaterThan(120)
    expect(mean).toBeLessThan(130)
    expect(Math.max(...draws)).toBeGreaterThan(245)
    expect(Math.min(...draws)).toBeLessThan(5)
  })

  test('is the same for the same seed', () => {
    const waits = (seed: number) => {
      const backoff = createBackoff(settings, Rng.create(seed, 1))
      return Array.from({ length: 20 }, () => backoff.failed(lost, 'binance'))
    }
    expect(waits(4)).toEqual(waits(4))
    expect(waits(4)).not.toEqual(waits(5))
  })

  test('begins anew after a good while', () => {
    const backoff = createBackoff(settings, Rng.create(1, 1))
    for (let i = 0; i < 50; i++) backoff.failed(lost, 'binance')
    backoff.good()
    expect(backoff.failed(lost, 'binance')).toBeLessThanOrEqual(250)
  })

  test('is never shorter than the venue asks for', () => {
    const backoff = createBackoff(settings, Rng.create(1, 1))
    for (const status of [429, 503]) {
      const wait = backoff.failed(answeredBy(status, { 'retry-after': '120' }, '', 0), 'polybolt')
      expect(wait).toBeGreaterThanOrEqual(120_000)
      expect(wait).toBeLessThan(121_000)
    }
  })

  test('after a refusal is minutes, each time', () => {
    const backoff = createBackoff(settings, Rng.create(1, 1))
    const refusals = [
      closedBy(4001, 'auth'),
      ...[401, 403, 451].map((status) => answeredBy(status, {}, '', 0)),
    ]
    for (const refusal of [...refusals, ...refusals]) {
      const wait = backoff.failed(refusal, 'polybolt')
      expect(wait).toBeGreaterThanOrEqual(150_000)
      expect(wait).toBeLessThan(450_000)
    }
  })

  test('after PolyBolt drains is spread over ten seconds, at the first time as at the fifth', () => {
    const waits = Array.from({ length: 400 }, (_, seed) =>
      createBackoff(settings, Rng.create(seed, 1)).failed(closedBy(4003, 'drain'), 'polybolt'),
    )
    expect(Math.max(...waits)).toBeGreaterThan(9_500)
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000)
    expect(Math.min(...waits)).toBeLessThan(500)
    const elsewhere = createBackoff(settings, Rng.create(1, 1)).failed(closedBy(4003, ''), 'kraken')
    expect(elsewhere).toBeLessThanOrEqual(250)
  })
})

describe('an answer in place of data', () => {
  test.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 02:33:30 GMT', 3_000],
    ['Sat, 21 Nov 2026 02:33:20 GMT', 0],
    ['soon', null],
    [undefined, null],
  ])('asks for a wait by Retry-After: %s', (value, expected) => {
    expect(retryAfter(value, Date.UTC(2026, 10, 21, 2, 33, 27))).toBe(expected)
  })

  test.each([
    [
      '<!DOCTYPE html><html><head><title>502: Bad\n gateway</title>',
      {},
      'a page of HTML: “502: Bad gateway”',
    ],
    ['<!-- x --> <HTML>', {}, 'a page of HTML'],
    ['<html><title>x</title>cloudflare-nginx', {}, 'a page of HTML by Cloudflare: “x”'],
    ['<html>', { 'cf-ray': '1' }, 'a page of HTML by Cloudflare'],
    ['down', { 'content-type': 'text/html; charset=utf-8' }, 'a page of HTML'],
    ['{"a":"<html>"}', { 'content-type': 'application/json', server: 'cloudflare' }, null],
    ['PONG', {}, null],
    ['<xml/>', {}, null],
    ['', {}, null],
  ])('is recognised as a page or not: %s', (body, headers, expected) => {
    expect(htmlPage(body, headers)).toBe(expected)
  })
})
