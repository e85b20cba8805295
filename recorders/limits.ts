/**
 * The one place for bounds on what is read from files, venues and people. A bound keeps a file of a stranger from taking
 * the machine; it lies far above what this project writes itself. What passes one is refused by an error that names the
 * file, the bound and a way out. Bounds that people may want to move are settings, with these as their defaults.
 */

const KB = 1_024
const MB = 1_024 * KB

/** Bytes of whole files that are read into memory. */
export const FILE_BYTES = {
  /** `manifest.json` of a dataset and `run.json` of a run. */
  manifest: 16 * MB,
  /** A side table of a dataset: instruments, resolutions, gaps and the like. */
  side: 256 * MB,
  /** A batch of rows of an Arrow file. */
  batch: 256 * MB,
  /** Texts of imported rows that are held at once, beside one row of each piece that is open. */
  texts: 16 * MB,
  /** A licence that is copied from one dataset to the next. */
  licence: 64 * KB,
  /** `lockstep.toml`. */
  config: MB,
  /** A file of SQL statements. */
  statements: 4 * MB,
  /** One file of a strategy. */
  strategy: 4 * MB,
} as const

/** Lengths of single texts, in characters unless they say bytes. */
export const TEXT = {
  /** Slugs, ids, tokens, names of feeds and venues. */
  name: 256,
  /** One message of a venue as a recording holds it, in bytes: the default of `recorder.max_frame_bytes`. */
  frame_bytes: 16 * MB,
  /** A line of a text file. */
  line: 4 * MB,
  /** An element of a JSON array that is read as a stream. */
  json_element: 4 * MB,
  /** Text of a stranger that an error or a note quotes. */
  quoted: 200,
  /** The message of an error. */
  message: 2_000,
  /** A path, as systems have it. */
  path: 4_096,
  /** One SQL statement: the database plans in memory that its own limit does not cover. */
  statement: 64 * KB,
} as const

/** How often something may be there. */
export const COUNT = {
  /** Brackets inside brackets of a JSON file. */
  json_depth: 64,
  /** Statements of one SQL text. */
  statements: 10_000,
  /** Comments inside comments of an SQL text. */
  comment_depth: 64,
  /** Markets of one dataset. */
  markets: 100_000,
  /** Markets that one answer of a metadata service may show. */
  markets_shown: 1_000,
  /** Markets of a recording that are not over: ten times what every asset and series together have. */
  markets_open: 10_000,
  /** Bands of one market's prices; the venues have three. */
  price_bands: 32,
  /** Rows of an SQLite database of polls: minutes of nineteen years. */
  polls: 10_000_000,
  /** Hours of such a database. */
  hours: 1_000_000,
  /** Steps back in time of recorded files: one for each token, where they are sorted by tokens. */
  pieces: 200_000,
  /** Files that one strategy consists of. */
  strategy_files: 1_000,
} as const

/** Memory and disk of each database that is opened, in MiB. Without them DuckDB takes four fifths of the machine. */
export const DATABASE_MB = {
  /** Reading tapes and run tables, drawing reports. */
  reading: 512,
  /** Writing Parquet: the rows of a segment are in memory, and sorted. */
  writing: 2_048,
  /** The default of `engine sql --memory`. */
  query: 2_048,
  /** What does not fit into memory, in the system's temporary folder. */
  temporary: 16_384,
  /** SQLite's own, for a database of a stranger. */
  sqlite: 256,
} as const

/** Seconds that one statement of `engine sql` may run: the default of `--timeout`. */
export const STATEMENT_S = 600

/** How far ahead of its start a window may be listed, in seconds: the most that `recorder.gamma_ahead_s` allows, and a day. */
export const LISTED_AHEAD_S = 2 * 86_400 + 3_600

/** Seconds that this machine's clock may be off when a recording begins; what is further off is refused. */
export const CLOCK_S = {
  /** Behind the end of the recording that is continued: as much as a time service sets a clock back. */
  before_end: 10,
  /** Away from the venues' clocks. Beyond a day, rows stand under the wrong days for certain. */
  from_venues: 86_400,
} as const

/** Milliseconds that a venue may ask us to keep quiet (`Retry-After`). */
export const RETRY_AFTER_MS = 600_000
