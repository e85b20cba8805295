import { join } from 'node:path'
import { readFault } from '../../../live-bridge/sandbox/faults/fault.ts'
import type { Sandbox } from '../../../live-bridge/sandbox/index.ts'
import type { Session } from '../../../recorders/record/index.ts'
import { type BooksCompared, compareBooks } from './books.ts'
import { type FaultCase, isSocket } from './fault-cases.ts'
import { isHeardOn, nextOf, readLives } from './lives.ts'
import { readSent, type SentTo } from './sent.ts'
import { type Run, startSession } from './short-session.ts'
import { startVenue, until } from './venue.ts'
import { readWhole, type Whole } from './whole.ts'

/** What came of a fault: what the sandbox did, what the recorder did about it, and what it says of it. */
export type FaultOutcome = Held & {
  name: string
  what: string
  /** How long it was on, ms. */
  on_ms: number
  /** What the sandbox says: how often each fault struck, and texts that it kept back. */
  struck: Record<string, number>
  withheld: number
  reconnects: number
  dropped: number
  quarantined: number
  health: Whole['health']
  /** Gaps by feed. */
  gaps: Record<string, { count: number; ms: number }>
  books: BooksCompared
  /** From the end of the fault until the books were the venue's again, ms of recording; null: they never were. */
  books_after_ms: number | null
  rows: number
  rows_again: number
}

const MS = 1_000
/** Frames before the fault, and between two looks at the books after it. */
const FRAMES = 150
const LOOKS = 12

/** Record, misbehave, stop misbehaving, and look at what there is. @param dir an empty folder */
export async function playFault(dir: string, fault: FaultCase, run: Run = {}): Promise<FaultOutcome> {
  const out = join(dir, 'recording')
  const log = join(dir, 'sent.jsonl')
  const sandbox = await startVenue(6, log)
  let session: Session | undefined
  try {
    session = await startSession(sandbox.url, out, run)
    await listening(session)
    await more(session, FRAMES)
    const before = session.status()
    const began = performance.now()
    for (const one of fault.faults) sandbox.control.fault(readFault(one))
    const { status } = session
    await until(`what is done about ${fault.name}`, () => fault.enough(status(), before, sandbox))
    sandbox.control.clear(null)
    const on_ms = Math.round(performance.now() - began)
    await listening(session)
    const { books, books_after_ms } = await settle(out, session, sandbox)
    const { lines } = session.status()
    const { faults, feeds } = sandbox.status()
    const report = await session.stop('enough')
    await sandbox.close()
    const whole = await readWhole(out)
    return {
      ...(await held(out, log, whole)),
      name: fault.name,
      what: fault.what,
      on_ms,
      struck: faults.counts,
      withheld: Object.values(feeds).reduce((sum, { withheld }) => sum + withheld, 0),
      reconnects: lines.reduce((sum, { reconnects }) => sum + reconnects, 0),
      dropped: report.dropped,
      quarantined: report.quarantined,
      health: whole.health,
      gaps: byFeed(whole),
      books,
      books_after_ms,
      rows: whole.rows,
      rows_again: whole.rows_again,
    }
  } finally {
    await session?.stop('over')
    await sandbox.close()
  }
}

/** Every socket is up and delivers. */
export async function listening(session: Session): Promise<void> {
  await until('every feed', () => {
    const sockets = session.status().lines.filter(({ line }) => isSocket(line))
    return sockets.length >= SOCKETS && sockets.every(({ state, frames }) => state === 'live' && frames > 0)
  })
}

const SOCKETS = 5

/** So many frames more of the CLOB. */
export async function more(session: Session, frames: number): Promise<void> {
  const count = () => session.status().lines.find(({ line }) => line === 'clob_market/0')?.frames ?? 0
  const from = count()
  await until('frames of the CLOB', () => count() >= from + frames)
}

/** Go on until the books are the venue's, looking at them while it holds still. */
export async function settle(
  out: string,
  session: Session,
  sandbox: Sandbox,
): Promise<Pick<FaultOutcome, 'books' | 'books_after_ms'>> {
  let books: BooksCompared = { tokens: 0, tops: 0, whole: 0 }
  let recorded_ms = 0
  for (let look = 0; look < LOOKS; look++) {
    const began = performance.now()
    await more(session, FRAMES)
    recorded_ms += performance.now() - began
    sandbox.control.pause()
    await quiet(session)
    books = await compareBooks(out, sandbox.endpoints['clob_market.rest']!)
    if (books.tokens > 0 && books.whole === books.tokens)
      return { books, books_after_ms: Math.round(recorded_ms) }
    sandbox.control.play()
  }
  return { books, books_after_ms: null }
}

/** Nothing more comes of the CLOB, and all of it is in the journal. */
async function quiet(session: Session): Promise<void> {
  await until('a quiet market', () => {
    const { lines, disk } = session.status()
    const { silent_ms } = lines.find(({ line }) => line === 'clob_market/0')!
    return silent_ms !== null && silent_ms > QUIET_MS && disk.pending_bytes === 0
  })
}

const QUIET_MS = 300

/** What is kept beside what was sent. */
export type Held = {
  /** Frames that the recorder has, and those that were sent to it and that it has not. */
  kept: number
  undelivered: number
  /** Frames that came and could not be kept, by the numbers of those that were. */
  holes: number
  /** Leaders that followed upon one that was lost. */
  ended: number
  /** What is missing and in no gap, or is not what was sent, in words; empty: nothing. */
  uncovered: string[]
}

/** What is kept held against what was sent, and what is missing against the gaps. */
export async function held(out: string, log: string, { gaps }: Whole): Promise<Held> {
  const sent = await readSent(log)
  const heard = (await readLives(out)).flatMap(({ connections }) => connections)
  const result: Held = { kept: 0, undelivered: 0, holes: 0, ended: 0, uncovered: [] }
  const within = (feed: string, at_us: number) =>
    gaps.some((gap) => gap.feed === feed && gap.from_us <= at_us && gap.to_us >= at_us)
  /** Between the last frame that was kept and the next one of the feed, a gap is told. */
  const covers = (feed: string, from_us: number, to_us: number) => {
    let next_us = Number.POSITIVE_INFINITY
    for (const one of heard) {
      if (one.feed !== feed) continue
      for (const { wall_us } of one.frames) if (wall_us > from_us) next_us = Math.min(next_us, wall_us)
    }
    const until_us = Math.min(to_us, next_us)
    return gaps.some((gap) => gap.feed === feed && gap.from_us <= next_us && gap.to_us >= until_us)
  }
  const last = new Map<string, number>()
  for (const one of heard) {
    const { feed, number, frames, leads, opened_us, closed } = one
    result.kept += frames.length
    // A leader that was opened after another was lost: between them is a gap.
    const before = last.get(feed)
    if (leads && before !== undefined) {
      result.ended++
      if (!within(feed, opened_us)) result.uncovered.push(`${feed}: the time before ${number} was opened`)
    }
    if (frames.length > 0) last.set(feed, frames.at(-1)!.wall_us)
    // Nothing came on it: it could be any socket.
    if (frames.length === 0) continue
    const at = sent.findIndex((socket) => isHeardOn(one, socket))
    if (at < 0) {
      result.uncovered.push(`${feed} ${number}: is not what was sent`)
      continue
    }
    const [socket] = sent.splice(at, 1) as [SentTo]
    result.holes += nextOf(one) - frames.length
    // A connection that was dismissed is not listened to any longer.
    const missing = closed === null || OURS.has(closed) ? [] : socket.texts.slice(nextOf(one))
    if (missing.length === 0) continue
    result.undelivered += missing.length
    // It would have been received after the last one that was, however late that was.
    const from_us = frames.at(-1)!.wall_us
    if (!covers(feed, from_us, Math.max(from_us, missing.at(-1)!.wall_us)))
      result.uncovered.push(`${feed} ${number}: ${missing.length} texts are missing`)
  }
  return result
}

/** Codes that the recorder itself closes with. */
const OURS: ReadonlySet<number> = new Set([1_000, 4_000])

/** Gaps of a recording by feed. */
export function byFeed({ gaps }: Whole): FaultOutcome['gaps'] {
  const found: FaultOutcome['gaps'] = {}
  for (const { feed, from_us, to_us } of gaps) {
    found[feed] ??= { count: 0, ms: 0 }
    found[feed].count++
    found[feed].ms += Math.round((to_us - from_us) / MS)
  }
  return found
}
