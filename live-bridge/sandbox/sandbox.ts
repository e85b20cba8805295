import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Columns, Kind } from '../../core/events/index.ts'
import { MS } from '../../core/units/index.ts'
import type { FeedName } from '../../recorders/journal/record.ts'
import { controlRoutes } from './control.ts'
import { createCredentials } from './credentials.ts'
import { type ActiveFault, createBoard, type FaultBoard } from './faults/board.ts'
import type { FaultSpec } from './faults/fault.ts'
import { feedOf, feedWord } from './feed-codes.ts'
import { createToken, guardRequests } from './guard.ts'
import { createHub } from './hub.ts'
import { createOutlet } from './outlet.ts'
import { createPlayer, type Player } from './player.ts'
import { createSendLog } from './send-log.ts'
import { createServer, dateAnswers, socketRoute, spoilRequests } from './server.ts'
import type { Source } from './sources/source.ts'
import { type SandboxStatus, statusOf } from './status.ts'
import { createTapeClock, type Speed } from './tape-clock.ts'
import { VENUES } from './venues/index.ts'
import type { Stand, Venue } from './venues/venue.ts'
import { apply, createWorld } from './world.ts'

/** What a sandbox is to serve, and how. */
export type SandboxOptions = {
  source: Source
  /** 0, the default: one that is free. */
  port?: number
  /** Default `127.0.0.1`: nobody else can reach it. */
  host?: string
  /** Tape seconds a second; `max`: as fast as clients take it, and then none is left behind. Default 1. */
  speed?: Speed
  faults?: readonly FaultSpec[]
  /**
   * When the tape begins: with the first subscription to market data (default), at once, when told to; or at once and on the
   * clock of the wall, for a tape that begins about now.
   */
  begin?: 'subscription' | 'now' | 'hold' | 'wall'
  /** Seed of what faults leave to chance. Default 1. */
  seed?: number
  /** Where every text that is sent is noted. */
  log?: string
  /** Tell each change of the best prices as `best_bid_ask`, to those who asked for the newer events. Default true. */
  touch?: boolean
  /** Cut a feed off while the tape says that it was lost, as clients then were. Default false: it is silent. */
  outages?: boolean
  /** A client this far behind, in bytes, is closed, but for speed `max`, where it is waited for. Default 16 MiB. */
  backlog_max?: number
  /** Private key (PEM) whose signatures the Kalshi handshake accepts. Default: one of its own making. */
  kalshi_private_key?: string
}

/** A sandbox that is up. */
export type Sandbox = {
  url: string
  /** Opens the control routes where others than this machine can reach them. */
  token: string
  /** Address by `feed.role`: what a recorder's configuration is to be set to. */
  endpoints: Readonly<Record<string, string>>
  control: SandboxControl
  /**
   * Resolves when the tape is played to its end, or the sandbox is closed; rejects where the source cannot be read or the log
   * cannot be written.
   */
  done: Promise<void>
  status(): SandboxStatus
  close(): Promise<void>
}

/** What can be done to a sandbox while it runs; the routes under `/sandbox/control` do the same. */
export type SandboxControl = {
  play(): void
  pause(): void
  stop(): void
  speed(speed: Speed): void
  fault(spec: FaultSpec): ActiveFault
  /** End a fault by its number, those of a name, or all (null). @returns how many */
  clear(which: number | string | null): number
}

const BACKLOG_MAX = 16 << 20
const SECOND_MS = 1_000
const GOING_AWAY = 1001
const ABNORMAL = 1006

/** Rows that are not for clients: what the recorder noted about itself, and what happened to its own orders. */
function isNews(kind: number): boolean {
  return kind < Kind.FEED_DOWN || kind === Kind.WALLET_TRADE
}

/**
 * Start a local server that speaks the venues' own protocols, and serves a source through them.
 *
 * @throws Error of the operating system where the port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { source, speed = 1, begin = 'subscription', touch = true } = options
  const world = createWorld(source.instruments)
  const clock = createTapeClock(source.from_us, speed)
  const log = options.log === undefined ? undefined : createSendLog(options.log)
  /** Faults that stand for connections lost on the tape. */
  const lost = new Map<FeedName, number>()
  const repeats = new Map<number, NodeJS.Timeout>()
  let venues: Venue[] = []
  let release = () => {}

  const board: FaultBoard = createBoard(options.seed ?? 1, {
    began(fault) {
      const { name, feed, args } = fault
      if (name === 'restart') board.count(fault, hub.close(feed, GOING_AWAY, 'restart'))
      if (name === 'cut' && args.mode === 'refuse') board.count(fault, hub.close(feed, ABNORMAL, ''))
      if (name === 'drop') drop(fault)
      if (name === 'freeze')
        for (const one of hub.connections) if (feed === null || one.feed === feed) one.frozen = fault.id
    },
    ended(fault) {
      clearInterval(repeats.get(fault.id))
      repeats.delete(fault.id)
      // A black hole swallowed what was sent meanwhile: nobody may take the connection for a whole one.
      if (fault.name !== 'cut') return
      hub.close(fault.feed, ABNORMAL, '')
      release()
    },
  })
  const hub = createHub({
    listening() {
      if (begin === 'subscription') player.play()
    },
    forget: (connection) => outlet.forget(connection),
    deaf: (feed) => board.find('cut', feed) !== undefined,
  })
  const outlet = createOutlet(
    board,
    {
      backlog_max: options.backlog_max ?? BACKLOG_MAX,
      patient: () => player.speed === 'max',
      tooSlow: hub.tooSlow,
    },
    log,
  )
  const drop = (fault: ActiveFault) => {
    const { code, every_s } = fault.args as { code: number; every_s: number }
    const strike = () => board.count(fault, hub.close(fault.feed, code, 'dropped'))
    strike()
    if (every_s > 0) repeats.set(fault.id, setInterval(strike, every_s * SECOND_MS).unref())
    // Nothing is left to do: it is over with the turn that it began in.
    else queueMicrotask(() => board.clear(fault.id))
  }
  const player: Player = createPlayer(source, clock, speed, {
    message(columns, from, to) {
      apply(world, columns, from, to)
      noteRows(columns, from, to)
      for (const venue of venues) venue.take?.(columns, from, to)
    },
    act(act) {
      if ('fault' in act) board.add(act.fault)
      else if ('clear' in act) board.clear(act.clear)
      else if ('activity' in act) activity.push(act.activity)
      else sendFrame(act.feed, act.frame)
    },
    drained: hub.drained,
  })
  const sendFrame = (feed: string, text: string) => {
    const venue = venues.find((one) => one.feed === feed && one.frame !== undefined)
    if (venue !== undefined) venue.frame?.(text)
    else for (const one of hub.connections) if (one.feed === feed) outlet.data(one, text)
  }
  /** A feed was lost, or is back. */
  const turn = (kind: number, code: number) => {
    const feed = feedOf(code)
    if (options.outages !== true || feed === undefined) return
    if (kind === Kind.FEED_DOWN && !lost.has(feed))
      lost.set(feed, board.add({ name: 'cut', feed, for_s: null, args: { mode: 'refuse' } }).id)
    if (kind === Kind.FEED_UP && lost.has(feed)) {
      board.clear(lost.get(feed)!)
      lost.delete(feed)
    }
  }
  const noteRows = (columns: Columns, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const kind = columns.kind[i]!
      const feed = columns.feed[i]!
      if (kind === Kind.FEED_DOWN || kind === Kind.FEED_UP) turn(kind, feed)
      if (!isNews(kind) || feedOf(feed) !== undefined) continue
      const name = feedWord(feed)
      world.unserved[name] = (world.unserved[name] ?? 0) + 1
    }
  }
  // Nothing comes any more that could overtake what was held back.
  player.done.then(
    () => {
      for (const one of hub.connections) outlet.settle(one)
    },
    () => undefined,
  )
  const activity = [...source.activity]
  const stand: Stand = {
    world,
    hub,
    outlet,
    board,
    credentials: createCredentials(options.kalshi_private_key),
    now_us: clock.now_us,
    socket: socketRoute(hub),
    touch,
    activity,
    notes: source.notes,
  }
  venues = VENUES.map((make) => make(stand))

  const app: FastifyInstance = await createServer()
  const host = options.host ?? '127.0.0.1'
  const token = createToken()
  guardRequests(app, host, token)
  dateAnswers(app, clock.now_us)
  release = spoilRequests(app, board, venues)
  for (const venue of venues) venue.routes(app)
  const control: SandboxControl = {
    play: player.play,
    pause: player.pause,
    stop: player.stop,
    speed: player.setSpeed,
    fault: board.add,
    clear: board.clear,
  }
  const status = () => statusOf(source, world, player, clock, hub, board)
  controlRoutes(app, {
    control,
    status,
    endpoints: () => endpoints,
    credentials: stand.credentials,
  })
  await app.listen({ port: options.port ?? 0, host })
  const address = app.server.address() as AddressInfo
  const authority = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
  const endpoints: Record<string, string> = {}
  for (const venue of venues)
    for (const [role, { scheme, path }] of Object.entries(venue.endpoints))
      endpoints[`${venue.feed}.${role}`] = `${scheme}://${authority}${path}`

  const beat = setInterval(() => {
    for (const venue of venues) venue.second?.()
  }, SECOND_MS).unref()
  for (const fault of options.faults ?? []) board.add(fault)
  if (begin === 'wall') clock.reach(Date.now() * MS)
  if (begin === 'now' || begin === 'wall') player.play()

  let closing: Promise<void> | undefined
  const close = async () => {
    clearInterval(beat)
    player.stop()
    board.clear(null)
    hub.close(null, ABNORMAL, '')
    await app.close()
    await log?.close()
  }
  return {
    url: `http://${authority}`,
    token,
    endpoints,
    control,
    done: log === undefined ? player.done : Promise.race([player.done, log.failed]),
    status,
    close() {
      closing ??= close()
      return closing
    },
  }
}
