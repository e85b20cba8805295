/**
 * Takes credentials out of whatever a venue sends back, and out of what is said about it. One for all sources, so that no
 * frame, answer, note or error has a rule of its own.
 */

/** What stands in a secret's place. */
export const REDACTED = '[secret]'

/** An address without the user and the password that somebody put into it. */
export function withoutUser(text: string): string {
  return text.replace(/\/\/[^/\s@]*@/g, `//${REDACTED}@`)
}
/** A shorter text is no secret, and would tear others to pieces. */
const SHORTEST = 6
/** Half a secret of at least this length is told apart from other text, too. */
const SHORTEST_HALF = 12
/** Lines of a key of several lines are secrets of their own from this length on. */
const SHORTEST_LINE = 16

export type Redactor = {
  /** The text without any of the secrets. */
  text(text: string): string
  /** The same for bytes; the very same bytes where nothing stood in them. HOT where there are secrets. */
  bytes(bytes: Uint8Array): Uint8Array
}

/**
 * A redactor of these values: as they are, halved, a line of a key alone, with any of their characters written as JSON
 * (`\/`, `\u0061`) or a URL (`%61`) would, in base64 (plain, for URLs) and in hexadecimal digits.
 *
 * @param values secrets; those under 6 characters are left out
 */
export function createRedactor(values: readonly string[]): Redactor {
  const forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length)
  if (forms.length === 0) return { text: (text) => text, bytes: (bytes) => bytes }
  const pattern = new RegExp(forms.map(anyEscape).join('|'), 'g')
  const clean = (text: string) => text.replace(pattern, REDACTED)
  return {
    text: clean,
    bytes(bytes) {
      // A character a byte: what is not text is searched, too, and comes back as it was.
      const before = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
      const after = clean(before)
      return after === before ? bytes : Buffer.from(after, 'latin1')
    },
  }
}

function formsOf(value: string): string[] {
  const lines = value
    .split(/\r?\n|\\n/)
    .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
  return [value, ...lines]
    .filter((one) => one.length >= SHORTEST)
    .flatMap((one) => [...writings(one), ...halves(one)])
}

function writings(value: string): string[] {
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  return [
    value,
    bytes.toString('latin1'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    hex,
    hex.toUpperCase(),
  ]
}

function halves(value: string): string[] {
  const middle = Math.floor(value.length / 2)
  if (middle < SHORTEST_HALF) return []
  return [value.slice(0, middle), value.slice(middle)].map((half) => Buffer.from(half).toString('latin1'))
}

/** A pattern of the text in which each character may be escaped as in JSON or in a URL. */
function anyEscape(text: string): string {
  return [...text].map(charPattern).join('')
}

function charPattern(char: string): string {
  const code = char.charCodeAt(0)
  if (code > 0xff) return char
  const hex = code.toString(16).padStart(2, '0')
  const either = [...hex]
    .map((digit) => (/[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit))
    .join('')
  const plain = char
    .replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    .replace('\n', '\\n')
    .replace('\r', '\\r')
  const short = JSON.stringify(char).slice(1, -1)
  const json = short === char ? '' : `|${short.replaceAll('\\', '\\\\')}`
  const slash = char === '/' ? '|\\\\\\/' : ''
  return `(?:${plain}${json}${slash}|\\\\u00${either}|%${either})`
}
