import { type Micros, MS, SECOND } from '../../core/units/index.ts'
import { isoStamp } from './stamp.ts'

/** Whole numbers of so many digits are seconds, ms and µs: from 2001 to 2286. */
const DIGITS: Readonly<Record<number, Micros>> = { 10: SECOND, 13: MS, 16: 1 }

/**
 * A stamp of a source that writes the same field in several ways: whole seconds, ms or µs since the epoch, told apart by how
 * large they are, or an ISO instant with a zone.
 *
 * @returns null where there is none: no text, an empty one, `0`, or any other
 */
export function looseStamp(text: string | null | undefined): Micros | null {
  if (text === null || text === undefined) return null
  if (/^[1-9]\d*$/.test(text)) {
    const unit = DIGITS[text.length]
    const stamp = Number(text) * (unit ?? Number.NaN)
    return Number.isSafeInteger(stamp) ? stamp : null
  }
  const stamp = isoStamp(text)
  return Number.isNaN(stamp) ? null : stamp
}
