import type { Section, Values } from '../../core/config/index.ts'

/** How the CLOB market channel is listened to and checked: section `recorder`. */
export const clobSettings = {
  tokens_per_socket: {
    type: 'number',
    default: 200,
    min: 2,
    max: 500,
    integer: true,
    unit: 'tokens',
    doc: 'tokens of one line; with more than some 500 the venue sends no first books',
  },
  mismatch_messages: {
    type: 'number',
    default: 3,
    min: 1,
    max: 1_000,
    integer: true,
    unit: 'messages',
    doc: 'so many messages in a row may state another touch than the book’s before it is fetched again',
  },
  mismatch_ms: {
    type: 'number',
    default: 1_000,
    min: 0,
    max: 60_000,
    unit: 'ms',
    doc: 'for so long may they',
  },
  reseed_ms: {
    type: 'number',
    default: 5_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    doc: 'a book is not asked for again sooner than this',
  },
} as const satisfies Section

/** Values of the CLOB channel's part. */
export type ClobSettings = Values<typeof clobSettings>
