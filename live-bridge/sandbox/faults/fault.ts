import { sortedKeys } from '../../../core/config/index.ts'
import { FEED_NAMES, type FeedName } from '../../../recorders/journal/record.ts'
import { SandboxError } from '../sandbox-error.ts'

/** A misbehaviour: what it does, and its arguments with their defaults. */
type FaultKind = { doc: string; args: Readonly<Record<string, number | string>> }

/** Share of messages that a fault strikes unless told otherwise. */
const rate = 0.05

/** All that can be asked for. Arguments named `…_s` are seconds of the wall clock, `rate` is a share of messages. */
export const FAULTS = {
  drop: {
    doc: 'Closes the sockets: 1006 cuts them off without a word, other codes say goodbye. Once, or every so often.',
    args: { code: 1006, every_s: 0 },
  },
  cut: {
    doc: 'The network is gone. `refuse` resets every connection and every new one; `blackhole` lets them hang.',
    args: { mode: 'refuse' },
  },
  freeze: {
    doc: 'No data any more, though PONGs, acknowledgements and heartbeats go on: on `all` sockets, or on those `open` now.',
    args: { sockets: 'all' },
  },
  duplicate: { doc: 'Messages are sent twice.', args: { rate } },
  reorder: { doc: 'Messages are overtaken by the next ones.', args: { rate, depth: 3 } },
  malformed: {
    doc: 'Messages are spoilt: `truncated` in the middle, `broken` JSON, wrong `types`, or `any` of them.',
    args: { rate, kind: 'any' },
  },
  slow: {
    doc: 'Messages are delayed, and trickle at so many bytes a second (0: no limit).',
    args: { delay_ms: 500, bytes_per_s: 0 },
  },
  'wrong-best-bid': {
    doc: 'The market channel states a best bid that is a tick off its own book.',
    args: { rate },
  },
  lost: {
    doc: 'Messages are silently not sent, though a sequence number of theirs is used up.',
    args: { rate },
  },
  restart: {
    doc: 'The venue restarts: every socket is closed (1001), and everything is refused for a while.',
    args: { down_s: 5 },
  },
  'http-429': {
    doc: 'Requests and handshakes are answered 429 with Retry-After.',
    args: { rate: 1, retry_after_s: 1 },
  },
  'http-5xx': { doc: 'Requests and handshakes are answered with a 5xx.', args: { rate: 1, status: 503 } },
  'html-error': {
    doc: 'Requests and handshakes are answered with a page of HTML, as a proxy in front does.',
    args: { rate: 1, status: 403 },
  },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof FAULTS
export const FAULT_NAMES = sortedKeys(FAULTS) as FaultName[]

/** A fault that is asked for. `feed` null: every feed; `for_s` null: until it is cleared. */
export type FaultSpec = {
  name: FaultName
  feed: FeedName | null
  for_s: number | null
  args: Readonly<Record<string, number | string>>
}

/**
 * Read a fault as it is written on the command line: `lost`, or `drop:feed=binance,code=1001,every_s=20`.
 *
 * @throws SandboxError `usage.fault`
 */
export function parseFault(text: string): FaultSpec {
  const colon = text.indexOf(':')
  const raw: Record<string, unknown> = { name: colon < 0 ? text : text.slice(0, colon) }
  const words = colon < 0 ? [] : text.slice(colon + 1).split(',')
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals < 1) throw refused(`"${word}" of ${text} is no argument`, 'write NAME:key=value,key=value')
    raw[word.slice(0, equals)] = word.slice(equals + 1)
  }
  return readFault(raw)
}

/**
 * Check a fault as an object: `name`, and beside it `feed`, `for_s` and the arguments of its kind.
 *
 * @throws SandboxError `usage.fault`, saying what can be asked for
 */
export function readFault(raw: Readonly<Record<string, unknown>>): FaultSpec {
  const name = FAULT_NAMES.find((known) => known === raw.name)
  if (name === undefined)
    throw refused(`"${String(raw.name)}" is no fault`, `use one of ${FAULT_NAMES.join(', ')}`)
  const known: Readonly<Record<string, number | string>> = FAULTS[name].args
  const args: Record<string, number | string> = { ...known }
  let feed: FeedName | null = null
  let for_s: number | null = null
  for (const key of sortedKeys(raw)) {
    const value = raw[key]
    if (key === 'name' || value === null || value === undefined) continue
    if (key === 'feed') feed = feedOf(value)
    else if (key === 'for_s') for_s = numberOf(key, value)
    else if (!Object.hasOwn(known, key)) {
      const names = ['feed', 'for_s', ...sortedKeys(known)]
      throw refused(`${name} has no argument "${key}"`, `its arguments are ${names.join(', ')}`)
    } else args[key] = typeof known[key] === 'number' ? numberOf(key, value) : String(value)
  }
  check(name, args)
  return { name, feed, for_s, args }
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  mode: ['refuse', 'blackhole'],
  kind: ['any', 'truncated', 'broken', 'types'],
  sockets: ['all', 'open'],
}

function check(name: FaultName, args: Readonly<Record<string, number | string>>): void {
  for (const key of sortedKeys(args)) {
    const value = args[key]!
    const words = WORDS[key]
    if (words !== undefined && !words.includes(String(value)))
      throw refused(`${key} of ${name} is not ${value}`, `use one of ${words.join(', ')}`)
    if (key === 'rate' && Number(value) > 1)
      throw refused(`rate ${value} of ${name} is more than all`, 'give a share from 0 to 1')
    if (key === 'code' && !validCode(Number(value)))
      throw refused(
        `${value} is no code that a socket can be closed with`,
        'use 1006, 1000 to 1014 or 4000 to 4999',
      )
    if (key === 'status' && !(Number(value) >= 400 && Number(value) <= 599))
      throw refused(`${value} is no status of a failure`, 'give 400 to 599')
  }
}

/** 1006 stands for no goodbye at all; 1004, 1005 and 1015 may not be sent. */
function validCode(code: number): boolean {
  const standard = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005
  return Number.isInteger(code) && (standard || (code >= 3000 && code <= 4999))
}

function feedOf(value: unknown): FeedName {
  const found = FEED_NAMES.find((name) => name === value)
  if (found === undefined)
    throw refused(`"${String(value)}" is no feed`, `use one of ${FEED_NAMES.join(', ')}`)
  return found
}

/** Seconds of a timer end here: 2^31 ms. */
const NUMBER_MAX = 2_147_483

function numberOf(key: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && number >= 0 && number <= NUMBER_MAX) return number
  throw refused(`${key}=${String(value)} is no number in range`, `give a number from 0 to ${NUMBER_MAX}`)
}

function refused(message: string, fix: string): SandboxError {
  return new SandboxError('usage.fault', 'fault', message, fix)
}
