/**
 * Takes credentials out of what a private stream says: whose key an order or trade belongs to, and whatever else is called a
 * secret. Addresses stay, which anybody can read on the chain.
 */

/** What stands for the own API key; another's becomes {@link REMOVED}. */
export const OWN = 'own'
/** What stands for every other value that was taken out. */
export const REMOVED = 'removed'

/** Names of fields whose values are taken out, without underscores and in lower case. */
const FIELDS = new Set(['apikey', 'owner', 'orderowner', 'tradeowner', 'secret', 'passphrase'])
/** The form of the venue's API keys. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

/**
 * A frame as it may be recorded: values of `apiKey`, `owner`, `order_owner`, `trade_owner`, `secret` and `passphrase`, at any
 * depth, are taken out. The secrets themselves, wherever else they stand, are the redactor's ({@link Redactor}). All else stays as
 * it is, byte for byte. Text
 * that is not JSON loses whatever looks like a key. Doing it twice changes nothing more.
 *
 * @param secrets the own credentials by name; the one named `api_key` becomes {@link OWN}, which the reader needs to know
 *   its own part of a trade by
 */
export function redact(text: string, secrets: Readonly<Record<string, string>> = {}): string {
  const own = secrets.api_key ?? ''
  return isJson(text) ? redactJson(text, own) : redactLoose(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of JSON, values of the fields: its strings are walked one after the other, so that a name inside a text is no field. */
function redactJson(text: string, own: string): string {
  let result = ''
  let copied = 0
  let at = 0
  while (at < text.length) {
    if (text.charCodeAt(at) !== QUOTE) {
      at++
      continue
    }
    const after = stringEnd(text, at)
    const colon = skipSpace(text, after)
    if (text[colon] === ':' && isSecretField(text.slice(at, after))) {
      const from = skipSpace(text, colon + 1)
      const to = valueEnd(text, from)
      result += `${text.slice(copied, from)}"${standIn(text.slice(from, to), own)}"`
      copied = to
      at = to
    } else at = after
  }
  return result + text.slice(copied)
}

function isSecretField(quoted: string): boolean {
  return FIELDS.has(String(JSON.parse(quoted)).replaceAll('_', '').toLowerCase())
}

function standIn(value: string, own: string): string {
  if (value === `"${OWN}"`) return OWN
  return own !== '' && value[0] === '"' && JSON.parse(value) === own ? OWN : REMOVED
}

const QUOTE = 34
const BACKSLASH = 92

/** Behind the string that begins at `from`. */
function stringEnd(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return Math.min(at + 1, text.length)
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \n\r\t'.includes(text[at]!)) at++
  return at
}

/** Behind the value that begins at `from`: a string, a number or word, or a whole object or list. */
function valueEnd(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const c = text[at]!
    if (c === '"') {
      at = stringEnd(text, at)
      if (depth === 0) return at
      continue
    }
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') {
      if (depth === 0) return at
      depth--
      if (depth === 0) return at + 1
    } else if (depth === 0 && (c === ',' || ' \n\r\t'.includes(c))) return at
    at++
  }
  return at
}

/** Of what is not JSON: everything like a key, and all that stands behind the name of such a field. */
function redactLoose(text: string): string {
  return text.replace(UUID, REMOVED).replace(LOOSE_VALUE, (_all, name: string) => `${name}${REMOVED}`)
}
const LOOSE_VALUE = /((?:api_?key|owner|secret|passphrase)["']?\s*[:=]\s*).*$/gis
