import { MICRO, MS, SECOND } from '../../core/units/index.ts'

/**
 * Numbers and times as text, the same on every machine: no locale, no time zone but UTC. The minus sign is the ASCII hyphen
 * here as in every other output, so that a number of the report is found where the same one stands elsewhere.
 * A value that is not known is an en dash.
 */

const UNKNOWN = '–'
const MINUS = '-'

/** A number with a fixed count of decimals and thousands separated by commas. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return UNKNOWN
  const text = Math.abs(value).toFixed(digits)
  const negative = value < 0 && Number(text) !== 0
  const dot = text.indexOf('.')
  const whole = dot < 0 ? text : text.slice(0, dot)
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${negative ? MINUS : ''}${grouped}${dot < 0 ? '' : text.slice(dot)}`
}

/** As {@link fixed}, with a plus sign on gains. */
export function signed(value: number, digits: number): string {
  const text = fixed(value, digits)
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text
}

/** A whole number. */
export function count(value: number): string {
  return fixed(value, 0)
}

/** `1 fill`, `2 fills`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`
}

/** Micro-USDC as USDC. */
export function usdc(micro: number, digits = 2): string {
  return fixed(micro / MICRO, digits)
}

/** Micro-USDC as USDC, gains with a plus sign. */
export function signedUsdc(micro: number, digits = 2): string {
  return signed(micro / MICRO, digits)
}

/** A share of a whole, as per cent; unknown where the whole is 0. */
export function percent(part: number, whole: number, digits = 1): string {
  return whole === 0 ? UNKNOWN : `${fixed((100 * part) / whole, digits)} %`
}

/** `2026-04-15` of µs since the epoch. */
export function day(us: number): string {
  return Number.isFinite(us) ? iso(us).slice(0, 10) : UNKNOWN
}

/** `12:05:00` of µs since the epoch, UTC. */
export function clock(us: number): string {
  return Number.isFinite(us) ? iso(us).slice(11, 19) : UNKNOWN
}

/** `12:05` of µs since the epoch, UTC. */
export function minute(us: number): string {
  return Number.isFinite(us) ? iso(us).slice(11, 16) : UNKNOWN
}

/** `2026-04-15 12:05:00` of µs since the epoch, UTC. */
export function moment(us: number): string {
  return Number.isFinite(us) ? `${day(us)} ${clock(us)}` : UNKNOWN
}

function iso(us: number): string {
  return new Date(Math.floor(us / MS)).toISOString()
}

/** A length of time in the two units that matter: `250 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(us: number): string {
  if (!Number.isFinite(us)) return UNKNOWN
  if (us < SECOND) return `${fixed(us / MS, us < 10 * MS && us > 0 ? 1 : 0)} ms`
  const seconds = us / SECOND
  if (seconds < 59.95) return `${fixed(seconds, seconds < 10 ? 1 : 0)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's')
  const minutes = Math.round(whole / 60)
  return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

function pair(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`
}

/** A price of 1e-4 USDC as text with as many decimals as it needs, at least two. */
export function price(ticks: number): string {
  if (!Number.isFinite(ticks)) return UNKNOWN
  const text = (ticks / 10_000).toFixed(4)
  return text.endsWith('00') ? text.slice(0, -2) : text.endsWith('0') ? text.slice(0, -1) : text
}

/** The first characters of a long hash, enough to tell two apart by eye. */
export function shortHash(hash: string): string {
  return hash.length > 12 ? hash.slice(0, 12) : hash
}
