import { z } from 'zod'
import type { ReferenceProfile } from '../../core/events/index.ts'
import { COUNT } from '../limits.ts'
import { TapeError } from './errors.ts'
import { checkProfile } from './profile.ts'

/** The version of the dataset folder that this code writes and reads. */
export const SCHEMA_VERSION = 1

/** One interval without trustworthy data. `market` null: the whole feed. Times in µs, `from_us` ≤ `to_us`. */
export type Gap = { market: number | null; feed: string; from_us: number; to_us: number; reason: string }

/** A count, and the seconds of what was counted. */
export type GapShare = { count: number; seconds: number }

/** Something that the data does not say and that was concluded, with the evidence. */
export type Inference = {
  what: string
  how: string
  /** `"66 of 66"`, or a count in words. */
  agreement: string
  /** What does not agree, by name. */
  exceptions?: string[] | undefined
}

/** A day of a recording, as its manifest says. */
export type DayOfRecording = {
  id: string
  day: string
  /** First and last journal that the tape was made of. */
  journals: { first: number; last: number }
  /** How many of the last entries of the gap ledger had not ended when it was written. */
  open_gaps: number
}

/** What a dataset says about itself: the truth of the folder. Names of `docs` and contracts are fixed; more may be added. */
export type Manifest = {
  schema_version: typeof SCHEMA_VERSION
  /** SHA-256 over the canonical rows and side tables: the same for every form of the files. */
  dataset_hash: string
  /** SHA-256 over what of the rest decides a run; absent in datasets of version 0.1.0. */
  profile_hash?: string | undefined
  source: string
  licence: string
  attribution: string
  created_by: string
  reference_profile: ReferenceProfile
  series: string[]
  assets: string[]
  /** Whether it is known which token is Up: strategies are refused where it is not. */
  assignment: 'assigned' | 'unassigned'
  /** What the recording carries: whole books or the touch alone, trade prints or none. */
  carries: { book: 'full' | 'top' | 'none'; trades: boolean }
  /** First and last row. */
  time_range: { from: string; to: string; from_us: number; to_us: number }
  counts: {
    rows: number
    messages: number
    markets: number
    instruments: number
    kinds: Record<string, number>
  }
  windows: {
    total: number
    recorded: number
    settlement: number
    inferred_from_book: number
    unresolved: number
  }
  /** `count` and `seconds` are silences of the whole feed; beside them those of single markets and refused messages. */
  gaps: GapShare & { markets: GapShare; refused: GapShare }
  inferred: Inference[]
  refused: { reason: string; count: number; first: string }[]
  /** Datasets that it was cut from or merged of, in order, and how. */
  made_of?: { how: string; datasets: { dataset_hash: string; source: string }[] } | undefined
  /** The day of a recording: which of its journals are in it, and the state of the day. */
  recording?: DayOfRecording | undefined
  files: { path: string; sha256: string; bytes: number; rows: number }[]
}

const count = z.int().min(0)
const share = z.object({ count, seconds: z.number().min(0) })
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected a plain file name')
/** A name, slug or id: long enough for any venue's. */
const id = z.string().max(256)
/** A sentence. */
const said = z.string().max(4_096)
const value = z.union([z.number(), z.string(), z.boolean()])

const referenceProfile = z.object({
  name: id,
  settlement: id.nullable(),
  spot: id.nullable(),
  fast: z.array(id).max(16),
  bar_s: z.number().min(0).max(86_400),
  stale_ms: z.number().min(0).max(86_400_000),
  min_venues: count.max(16),
  notes: z.array(z.string()),
  overrides: z.record(z.string(), value),
})

const inference = z.object({
  what: z.string(),
  how: z.string(),
  agreement: z.string(),
  exceptions: z.array(z.string()).optional(),
})

const manifest: z.ZodType<Manifest> = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  dataset_hash: sha256,
  profile_hash: sha256.optional(),
  source: z.string(),
  licence: z.string(),
  attribution: z.string(),
  created_by: z.string(),
  reference_profile: referenceProfile,
  series: z.array(z.string()),
  assets: z.array(z.string()),
  assignment: z.enum(['assigned', 'unassigned']),
  carries: z.object({ book: z.enum(['full', 'top', 'none']), trades: z.boolean() }),
  time_range: z.object({ from: z.string(), to: z.string(), from_us: z.number(), to_us: z.number() }),
  counts: z.object({
    rows: count,
    messages: count,
    markets: count,
    instruments: count,
    kinds: z.record(z.string(), count),
  }),
  windows: z.object({
    total: count,
    recorded: count,
    settlement: count,
    inferred_from_book: count,
    unresolved: count,
  }),
  gaps: z.object({ count, seconds: z.number().min(0), markets: share, refused: share }),
  inferred: z.array(inference),
  refused: z.array(z.object({ reason: z.string(), count, first: z.string() })),
  made_of: z
    .object({
      how: z.string(),
      datasets: z.array(z.object({ dataset_hash: z.string(), source: z.string() })),
    })
    .optional(),
  recording: z
    .object({
      id: z.string(),
      day: z.string(),
      journals: z.object({ first: count, last: count }),
      open_gaps: count,
    })
    .optional(),
  files: z.array(z.object({ path: plainName, sha256, bytes: count, rows: count })).min(1),
})

const market = z.object({
  slug: id,
  asset: id,
  series: z.enum(['5m', '15m', '1h', '4h', '1d']),
  start_us: z.int(),
  end_us: z.int(),
  created_us: z.int().nullable(),
  condition_id: id.nullable(),
  tick: z.int().min(1).nullable(),
  price_bands: z
    .array(z.object({ from: z.int().min(0), step: z.int().min(1) }))
    .max(COUNT.price_bands)
    .readonly()
    .optional(),
  min_size: count.max(1e12).nullable(),
  fee: z
    .object({
      rate_ppm: count.max(1e9),
      exponent: z.number().min(-1_000).max(1_000),
      taker_only: z.boolean(),
    })
    .nullable(),
  settlement: z
    .object({
      source: z.enum(['chainlink', 'binance', 'cf_benchmarks']),
      kind: z.enum(['spot', 'twap', 'candle_1h', 'candle_1m_noon_et']),
      lookback_s: z.number().min(0).max(3_600),
      tie: z.enum(['up', 'half']),
    })
    .nullable(),
  taker_hold_ms: z.number().min(0).max(600_000).nullable(),
})
const instrument = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('token'),
    market: count,
    outcome: z.enum(['up', 'down']),
    token_id: id,
  }),
  z.object({
    kind: z.literal('series'),
    name: id,
    asset: id,
    venue: id,
    unit: z.literal('usd_e8'),
  }),
])

/** Schemas of the side tables. */
export const sideTables = {
  instruments: z.object({
    markets: z.array(market).max(COUNT.markets),
    instruments: z.array(instrument).max(3 * COUNT.markets),
  }),
  resolutions: z.array(
    z.object({
      market: count,
      up_payout: z.int().min(0).max(10_000),
      known_us: z.int(),
      class: z.enum(['recorded', 'settlement', 'inferred_from_book', 'unresolved']),
    }),
  ),
  gaps: z.array(
    z.object({
      market: count.nullable(),
      feed: id,
      from_us: z.number(),
      to_us: z.number(),
      reason: said,
    }),
  ),
} as const

/**
 * Read a manifest's text.
 *
 * @param file path, for the message
 * @throws TapeError `tape.manifest_json`, `tape.schema_version`, `tape.manifest`, `tape.profile_hash` or `tape.override`,
 * naming the field
 */
export function parseManifest(text: string, file: string): Manifest {
  const raw = parseJson(text, file, 'tape.manifest_json')
  const version = (raw as { schema_version?: unknown } | null)?.schema_version
  if (version !== undefined && version !== SCHEMA_VERSION) {
    throw new TapeError(
      'tape.schema_version',
      `${file}: schema_version ${JSON.stringify(version)} is unknown; this version reads ${SCHEMA_VERSION}`,
      { file, field: 'schema_version' },
      'update the program, or import the dataset again',
    )
  }
  const parsed = parseTable(manifest, raw, file, 'tape.manifest')
  checkProfile(parsed, file)
  return parsed
}

/** Check a value against a schema; the first fault becomes a TapeError with its field. */
export function parseTable<T>(schema: z.ZodType<T>, raw: unknown, file: string, code: string): T {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.path.join('.')
  throw new TapeError(
    code,
    `${file}: ${field === '' ? 'the whole' : `field ${field}`}: ${issue.message}`,
    { file, field },
    'restore the file from its source, or import the dataset again',
  )
}

/** Whether brackets of a JSON text stand at most so deep: a parser that goes down with them has no bottom. */
function isShallow(text: string, max: number): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (quoted) {
      if (char === BACKSLASH) i++
      else if (char === QUOTE) quoted = false
    } else if (char === QUOTE) quoted = true
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      if (++depth > max) return false
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth--
  }
  return true
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Parse JSON or say which file is not JSON. */
export function parseJson(text: string, file: string, code: string): unknown {
  if (!isShallow(text, COUNT.json_depth)) {
    throw new TapeError(
      code,
      `${file}: more than ${COUNT.json_depth} brackets inside brackets`,
      { file },
      'restore the file from its source, or import the dataset again',
    )
  }
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new TapeError(
      code,
      `${file}: not JSON: ${(thrown as Error).message}`,
      { file },
      'restore the file from its source, or import the dataset again',
      thrown,
    )
  }
}
