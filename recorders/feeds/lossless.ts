/**
 * JSON whose numbers are kept as they are written: every number becomes its text. A price such as `0.1` or
 * `79639.20029609217` never passes through a float, nor does a number beyond 2^53.
 *
 * @throws SyntaxError for text that is not JSON, RangeError for one that is nested too deep
 */
export function parseLossless(text: string): unknown {
  return JSON.parse(text, keepSource)
}

/** The third argument is JavaScript's own: source text access of JSON.parse, in every Node that runs this. */
function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? Number.NaN) : value
}

/** Furthest that an exponent may move a point: 1e-18 USD is the finest unit there is. */
const SHIFT_MAX = 40

/**
 * The text of a JSON number in plain decimals: `2.5e-7` is `0.00000025`.
 *
 * @returns undefined for text that is no JSON number, and for exponents beyond 40
 */
export function plainDecimal(text: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent] = match
  if (exponent === undefined) return text
  const shift = Number(exponent)
  if (Math.abs(shift) > SHIFT_MAX) return undefined
  const digits = whole + fraction
  const point = whole.length + shift
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const padded = digits.padEnd(point, '0')
  return point < padded.length
    ? `${sign}${padded.slice(0, point)}.${padded.slice(point)}`
    : `${sign}${padded}`
}
