import { createHash } from 'node:crypto'
import type { Instruments } from '../../core/events/index.ts'

/** Ids of the venue's form for markets and tokens: those of the tape, or made of their names where it has none. */
export type Identifiers = {
  /** By market: `0x` and 64 hex digits, or what the tape has. */
  conditions: readonly string[]
  /** By instrument; empty for a series. */
  tokens: readonly string[]
  /** By market: the number that the metadata service knows it by. */
  numbers: readonly string[]
  /** How many had to be made. */
  made: { conditions: number; tokens: number }
}

/** Digits of a token id, as long as the venue's. */
const TOKEN_DIGITS = 77
const NUMBER_DIGITS = 7

/** The same instruments, the same ids. */
export function identify({ markets, instruments }: Instruments): Identifiers {
  const made = { conditions: 0, tokens: 0 }
  const conditions = markets.map(({ slug, condition_id }) => {
    if (condition_id !== null && condition_id !== '') return condition_id
    made.conditions++
    return `0x${digest(`condition ${slug}`).toString(16).padStart(64, '0')}`
  })
  const tokens = instruments.map((instrument) => {
    if (instrument.kind !== 'token') return ''
    if (/^\d{1,78}$/.test(instrument.token_id) || /^KX/.test(instrument.token_id)) return instrument.token_id
    made.tokens++
    const digits = digest(`token ${markets[instrument.market]!.slug} ${instrument.outcome}`).toString()
    return digits.slice(0, TOKEN_DIGITS)
  })
  const numbers = markets.map(({ slug }) => {
    const digits = digest(`number ${slug}`).toString()
    return `1${digits.slice(0, NUMBER_DIGITS)}`
  })
  return { conditions, tokens, numbers, made }
}

function digest(text: string): bigint {
  return BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
}
