import { RETRY_AFTER_MS } from '../limits.ts'

/** How a connection ended, or why there was none. */
export type Ending = {
  /** Close code; 1006: there was no closing handshake; 1005: the peer gave none. */
  code: number
  /** In words, for notes: made by us or said by the peer, secrets taken out. */
  reason: string
  /** HTTP status, where the handshake was answered with one. */
  status: number | null
  /** How long the venue asks us to wait, at most {@link RETRY_AFTER_MS}. */
  retry_after_ms: number | null
  /** We cannot be wanted here as things stand: no credentials that serve, no region that is served. */
  refused: boolean
}

// RFC 6455: closed without a closing handshake.
const NO_HANDSHAKE = 1006
// Legal refusals, and those that a retry does not cure.
const REFUSING_STATUS: readonly number[] = [401, 403, 451]
// PolyBolt: authentication failed.
const REFUSING_CODE = 4001

/** An ending without a closing handshake. */
export function broken(reason: string, refused = false): Ending {
  return { code: NO_HANDSHAKE, reason, status: null, retry_after_ms: null, refused }
}

/** An ending by the peer's close frame. */
export function closedBy(code: number, reason: string): Ending {
  return { code, reason, status: null, retry_after_ms: null, refused: code === REFUSING_CODE }
}

/**
 * An ending by an HTTP answer in place of the handshake.
 *
 * @param headers as the answer has them, names in lower case
 * @param body its beginning
 * @param now_ms wall clock, for a `Retry-After` that names a date
 */
export function answeredBy(status: number, headers: Headers, body: string, now_ms: number): Ending {
  const page = htmlPage(body, headers)
  const asked_ms = retryAfter(first(headers['retry-after']), now_ms)
  const held_ms = asked_ms === null ? null : Math.min(asked_ms, RETRY_AFTER_MS)
  const capped =
    asked_ms === held_ms
      ? ''
      : `, asks for quiet for ${Math.round(asked_ms! / 1_000)} s, of which ${RETRY_AFTER_MS / 1_000} are kept`
  const location = status >= 300 && status < 400 ? ', a redirection, which is not followed' : ''
  return {
    code: NO_HANDSHAKE,
    reason: `HTTP ${status}${location}${capped}${page === null ? '' : `, ${page}`}`,
    status,
    retry_after_ms: held_ms,
    refused: REFUSING_STATUS.includes(status),
  }
}

/** Headers of an answer, names in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** First value of a header. */
export function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

/**
 * `Retry-After`: seconds, or a date.
 *
 * @param now_ms wall clock
 * @returns ms from now, at least 0; null where there is none that can be read
 */
export function retryAfter(value: string | undefined, now_ms: number): number | null {
  if (value === undefined) return null
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now_ms)
}

/**
 * What an HTML page that came in place of data is, in words; null if the text is none. Venues behind Cloudflare answer with
 * its pages when they refuse or are down.
 */
export function htmlPage(body: string, headers: Headers): string | null {
  const type = first(headers['content-type']) ?? ''
  const head = body.slice(0, 4_096)
  const looks = /^[\s\uFEFF]*(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html|head|body|title)\b/i.test(head)
  if (!looks && !type.toLowerCase().includes('text/html')) return null
  const cloudflare =
    first(headers.server)?.toLowerCase() === 'cloudflare' ||
    headers['cf-ray'] !== undefined ||
    /cloudflare/i.test(head)
  const title = /<title[^>]*>([^<]{1,120})/i.exec(head)?.[1]?.replace(/\s+/g, ' ').trim()
  return `a page of HTML${cloudflare ? ' by Cloudflare' : ''}${title ? `: “${title}”` : ''}`
}
