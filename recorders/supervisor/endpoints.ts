import { request } from 'undici'
import { z } from 'zod'
import type { Section } from '../../core/config/index.ts'
import type { Feed } from '../feeds/feed.ts'
import { isOwnMachine } from './destinations.ts'
import type { FeedSecrets } from './secrets.ts'
import { describe } from './web-socket.ts'

/** Addresses by `feed.role`. */
export type Endpoints = Readonly<Record<string, string>>

type Addressed = Pick<Feed, 'name' | 'endpoints'>
const TIMEOUT_MS = 10_000
/** What a sandbox says about itself is far shorter. */
const ANSWER_BYTES_MAX = 65_536

/** Section `endpoints`: a setting `<feed>_<role>` for every address of every feed. */
export function endpointSettings(feeds: readonly Addressed[]): Section {
  const section: Record<string, Section[string]> = {}
  for (const { name, endpoints } of feeds) {
    for (const [role, address] of Object.entries(endpoints)) {
      section[`${name}_${role}`] = {
        type: 'text',
        default: address,
        unit: '',
        doc: `address of ${name}, ${role}`,
      }
    }
  }
  return section
}

/**
 * Addresses that are configured, or those of a sandbox: then all of them, so that nothing reaches a venue by mistake.
 *
 * @param values values of {@link endpointSettings}
 * @param sandbox base URL of a sandbox
 * @throws EndpointError `endpoints.address` for a value that is no address; `endpoints.sandbox` when the sandbox does not answer,
 *   or lacks a role
 */
export async function endpointsOf(
  feeds: readonly Addressed[],
  values: Readonly<Record<string, unknown>>,
  sandbox?: string,
): Promise<Endpoints> {
  const offered =
    sandbox === undefined ? null : await askSandbox(sandbox, 'endpoints', z.record(z.string(), z.string()))
  const result: Record<string, string> = {}
  for (const { name, endpoints } of feeds) {
    for (const role of Object.keys(endpoints)) {
      const key = `${name}.${role}`
      const address = offered === null ? values[`${name}_${role}`] : offered[key]
      if (offered !== null && address === undefined) {
        throw new EndpointError(
          'endpoints.sandbox',
          key,
          `the sandbox at ${sandbox} offers no ${key}: use one of this version`,
        )
      }
      if (typeof address !== 'string' || !isAddress(address)) {
        const field = `endpoints.${name}_${role}`
        throw new EndpointError(
          'endpoints.address',
          field,
          `${field} is no address: expected ws://, wss://, http:// or https://, a host, and no user or password`,
        )
      }
      if (sandbox !== undefined) assertOwnHost(sandbox, key, address)
      result[key] = address.replace(/\/+$/, '')
    }
  }
  return result
}

function isAddress(text: string): boolean {
  if (!/^(wss?|https?):\/\/[^/\s]+/.test(text) || !URL.canParse(text)) return false
  // What opens a venue is no part of its address: an address is shown and written down.
  const { username, password } = new URL(text)
  return username === '' && password === ''
}

const CREDENTIALS = z.object({
  clob: z.object({ apiKey: z.string(), secret: z.string(), passphrase: z.string() }),
  kalshi: z.object({ key_id: z.string(), private_key: z.string() }),
})

/**
 * Credentials that a sandbox accepts, for the sources that `own` has some of: what opens a venue is never sent to a sandbox.
 *
 * @throws EndpointError `endpoints.sandbox` where it does not say which
 */
export async function sandboxSecrets(sandbox: string, own: FeedSecrets): Promise<FeedSecrets> {
  if (Object.keys(own).length === 0) return {}
  const { clob, kalshi } = await askSandbox(sandbox, 'credentials', CREDENTIALS)
  const keys = { api_key: clob.apiKey, secret: clob.secret, passphrase: clob.passphrase }
  const all: FeedSecrets = { clob_user: keys, polybolt: keys, kalshi }
  return Object.fromEntries(Object.entries(all).filter(([feed]) => Object.hasOwn(own, feed)))
}

const STATUS = z.object({
  speed: z.union([z.number(), z.literal('max')]),
  position: z.object({ time_us: z.number() }),
})
/** A tape this far from the wall's clock is of another time altogether. */
const ELSEWHEN_US = 600_000_000

/**
 * Whether a recording of a sandbox is stamped with another time than its windows have: its rows have this machine's clock.
 *
 * @returns in words; null where the tape runs with the wall's clock
 */
export async function sandboxClock(sandbox: string, now_us: number): Promise<string | null> {
  const { speed, position } = await askSandbox(sandbox, 'status', STATUS)
  const elsewhen = Math.abs(position.time_us - now_us) > ELSEWHEN_US
  if (speed === 1 && !elsewhen) return null
  const time = new Date(position.time_us / 1_000).toISOString().slice(0, 16)
  return `the sandbox plays ${time} at speed ${speed}, and rows are stamped with this machine's clock: windows will lie outside of the recording, and no backtest of it can trade; start it with --start now for one that can`
}

/** A sandbox speaks for itself: an address on another machine is none of its own. */
function assertOwnHost(sandbox: string, key: string, address: string): void {
  const [asked, offered] = [new URL(sandbox).hostname, new URL(address).hostname]
  if (asked === offered || (isOwnMachine(asked) && isOwnMachine(offered))) return
  throw new EndpointError(
    'endpoints.sandbox',
    key,
    `the sandbox at ${sandbox} names ${offered} for ${key}, which is another machine: nothing is asked there`,
  )
}

async function askSandbox<T>(
  sandbox: string,
  what: 'endpoints' | 'credentials' | 'status',
  schema: z.ZodType<T>,
): Promise<T> {
  const url = `${sandbox.replace(/\/+$/, '')}/sandbox/${what}`
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const text = await boundedText(body)
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new EndpointError(
      'endpoints.sandbox',
      'sandbox',
      `${url} does not give the sandbox’s ${what} (${describe(error)}): start one with engine sandbox`,
    )
  }
}

async function boundedText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** An address that is missing or none; `field` is its setting. */
export class EndpointError extends Error {
  readonly code: string
  readonly field: string
  readonly fix = 'see [endpoints] in docs/reference/configuration.md, or start engine sandbox'
  constructor(code: string, field: string, message: string) {
    super(message)
    this.name = 'Endpoints.EndpointError'
    this.code = code
    this.field = field
  }
}
