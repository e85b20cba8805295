import { request } from 'undici'
import { z } from 'zod'
import type { Section } from '../../core/config/index.ts'
import type { Feed } from '../feeds/feed.ts'
import { describe } from './web-socket.ts'

/** Addresses by `feed.role`. */
export type Endpoints = Readonly<Record<string, string>>

type Addressed = Pick<Feed, 'name' | 'endpoints'>
const TIMEOUT_MS = 10_000

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
  const offered = sandbox === undefined ? null : await askSandbox(sandbox)
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
          `${field} = ${JSON.stringify(address)} is no address: expected ws://, wss://, http:// or https://`,
        )
      }
      result[key] = address.replace(/\/+$/, '')
    }
  }
  return result
}

function isAddress(text: string): boolean {
  return /^(wss?|https?):\/\/[^/\s]+/.test(text) && URL.canParse(text)
}

async function askSandbox(sandbox: string): Promise<Record<string, string>> {
  const url = `${sandbox.replace(/\/+$/, '')}/sandbox/endpoints`
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
    return z.record(z.string(), z.string()).parse(JSON.parse(text))
  } catch (error) {
    throw new EndpointError(
      'endpoints.sandbox',
      'sandbox',
      `${url} does not say where its feeds are (${describe(error)}): start one with engine sandbox`,
    )
  }
}

/** An address that is missing or none; `field` is its setting. */
export class EndpointError extends Error {
  readonly code: string
  readonly field: string
  constructor(code: string, field: string, message: string) {
    super(message)
    this.name = 'Endpoints.EndpointError'
    this.code = code
    this.field = field
  }
}
