import { COLUMNS } from '../../core/events/index.ts'
import { type Member, membersOf } from './code-docs.ts'
import { code, head, sentence, table } from './markdown.ts'

const KINDS = 'core/events/kinds.ts'

/** What each column holds. */
const COLUMN_DOCS: Readonly<Record<(typeof COLUMNS)[number][0], string>> = {
  local_us: 'when it was known here, µs since the epoch; never decreases',
  exch_us: 'the source’s own stamp in µs; 0 where it sends none; not monotonic',
  seq: 'the row’s number in the tape it was first recorded on; rows of kind `FILL_…`: the fill’s number',
  price: 'by kind, always a whole number',
  size: 'by kind, always a whole number',
  instrument: 'index into `instruments` of `instruments.json`; 4294967295: every instrument of the feed',
  ref: 'an order number, or the row of a side table',
  kind: 'what the row is; see below',
  feed: 'where it came from; see below',
  side: 'by kind; see below',
  flags: 'bits; see below',
}

/** Kinds whose comment is about a group, or that have none. */
const OWN: Readonly<Record<string, string>> = {
  ORDER_ACCEPTED: 'The order rests at the venue.',
  ORDER_EXPIRED: 'The order’s time is over.',
  FILL_MINED: 'The fill is in a block.',
  FILL_CONFIRMED: 'The fill is final.',
  USER_DOWN: 'The account’s own stream was lost: quoting pauses.',
  USER_UP: 'The account’s own stream is back.',
}

/** Kinds that a tape may carry and that no decision of this version depends on. */
const IGNORED = ['MARKET', 'FEED_UP', 'CLOCK_STEP', 'CONFIG', 'WALLET_TRADE', 'ADVICE']

/** Names of columns in a comment, where they begin a clause. */
const COLUMN = /(^|[.;,] )(price|size|side|instrument|ref|seq|flags|exch_us) /g

/** `reference/events.md`: columns and kinds of a tape. */
export function eventsPage(): string {
  return [
    head(
      'Events',
      `A tape is a table. One row is one event: one change that can matter to a decision. Prices of tokens are whole ticks of
1e-4 USDC, sizes whole micro-shares (1e-6), reference prices whole 1e-8 USD, times whole µs since the epoch. A column
that a kind does not use is 0. Numbers of kinds, feeds and flags are part of the format and are never used again.
How rows become decisions: [the timeline](../timeline.md). How they are stored: [the tape](../tape.md).`,
    ),
    `## Columns\n\nIn this order, in every file and in the content hash.\n\n${table(
      ['column', 'in memory', 'in Parquet', 'what'],
      COLUMNS.map(([name, type]) => [code(name), MEMORY[type], PARQUET[type], COLUMN_DOCS[name]]),
    )}\n`,
    `## Kinds\n\nRows of kinds 40 to 54 are answers of an execution venue: \`ref\` is the order’s number, \`instrument\` the token. This version
keeps ${IGNORED.map(code).join(', ')} and decides nothing by them.\n\n${list('Kind', membersOf(KINDS, 'Kind'))}\n`,
    `## Flags\n\nBits of \`flags\`.\n\n${list('Flag', membersOf(KINDS, 'Flag'))}\n`,
    `## Sides\n\n${names(membersOf(KINDS, 'Side'))}\n`,
    `## Feeds\n\n${names(membersOf(KINDS, 'Feed'))}\n`,
    `## Commands\n\n\`price\` of a row \`COMMAND\`.\n\n${names(membersOf(KINDS, 'Command'))}\n`,
  ].join('\n')
}

const MEMORY = { f64: 'float64', u32: 'uint32', u8: 'uint8' } as const
const PARQUET = { f64: 'BIGINT', u32: 'UINTEGER', u8: 'UTINYINT' } as const

function list(what: string, members: readonly Member[]): string {
  return table(
    ['number', what.toLowerCase(), 'meaning'],
    [...members]
      .sort((a, b) => a.value - b.value)
      .map(({ name, value, doc }) => [String(value), code(name), meaning(name, doc)]),
  )
}

function meaning(name: string, doc: string): string {
  const text = OWN[name] ?? doc
  if (text === '') throw new Error(`${name} has no comment in ${KINDS}: write one there`)
  return sentence(text.replace(COLUMN, '$1`$2` '))
}

/** Members whose names say it all. */
function names(members: readonly Member[]): string {
  return members.map(({ name, value }) => `${code(name)} ${value}`).join(', ')
}
