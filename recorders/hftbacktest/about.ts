import { z } from 'zod'
import { parseTable, sideTables } from '../tape/index.ts'

/** Name of the array beside the events, which other programs pass over. */
export const ABOUT = 'lockstep'
/** Type of its elements: bytes of a JSON text. */
export const ABOUT_DESCR = "'|u1'"

/** Bits of an event's `ival` in files of ours, above the flags of its row. */
export const NO_VENUE_TIME = 0x100

const instruments = sideTables.instruments.shape
const resolutions = sideTables.resolutions.element
const gaps = sideTables.gaps.element

const schema = z.looseObject({
  /** The events are of one token of this market. */
  market: instruments.markets.element,
  outcome: z.enum(['up', 'down']),
  token_ids: z.object({ up: z.string(), down: z.string() }),
  /** What was added to all local times, so that none lies before its exchange time. */
  local_shift_us: z.int().min(0),
  carries: z.object({ book: z.enum(['full', 'top', 'none']), trades: z.boolean() }),
  assignment: z.enum(['assigned', 'unassigned']),
  /** Its official outcome and its gaps, as the dataset has them; those of the whole feed too. */
  resolution: resolutions.omit({ market: true }).nullable(),
  gaps: z.array(gaps.omit({ market: true }).extend({ feed_wide: z.boolean() })),
  source: z.string(),
  licence: z.string(),
  attribution: z.string(),
  dataset_hash: z.string(),
})

/** What a file of ours says about its events, so that nothing of them is lost on the way back. */
export type About = z.infer<typeof schema>

/**
 * Read it.
 *
 * @throws TapeError `import.about`, naming the field
 */
export function readAbout(text: string, file: string): About {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    raw = undefined
  }
  return parseTable(schema, raw, file, 'import.about')
}
