import { formatIso } from '../../core/units/index.ts'
import type { FaultBoard } from './faults/board.ts'
import type { Hub } from './hub.ts'
import type { Player } from './player.ts'
import type { Source } from './sources/source.ts'
import type { TapeClock } from './tape-clock.ts'
import type { World } from './world.ts'

/** How a sandbox stands: the answer of `GET /sandbox/status`. */
export type SandboxStatus = {
  source: { kind: string; name: string }
  state: string
  playing: boolean
  speed: number | 'max'
  /** The tape's time, and how far it is played. */
  position: { time: string; time_us: number; messages: number; rows: number }
  /** By feed: sockets open now and ever, texts sent, bytes, texts that faults kept back, clients closed for being slow. */
  feeds: Record<
    string,
    { clients: number; connections: number; sent: number; bytes: number; withheld: number; slow: number }
  >
  /** Sockets that are open. */
  connections: {
    id: number
    feed: string
    listens: boolean
    sent: number
    bytes: number
    withheld: number
    backlog: number
  }[]
  faults: {
    active: { id: number; name: string; feed: string | null; args: Record<string, unknown>; count: number }[]
    counts: Record<string, number>
  }
  /** Rows of feeds that no venue here speaks for, by feed. */
  unserved: Record<string, number>
  /** What is served and stands nowhere on the tape. */
  made_up: string[]
}

/** Take stock. */
export function statusOf(
  source: Source,
  world: World,
  player: Player,
  clock: TapeClock,
  hub: Hub,
  board: FaultBoard,
): SandboxStatus {
  const feeds: SandboxStatus['feeds'] = {}
  for (const [feed, totals] of Object.entries(hub.totals)) feeds[feed] = { clients: 0, ...totals }
  for (const { feed, sent, bytes, withheld } of hub.connections) {
    const sum = feeds[feed]!
    sum.clients++
    sum.sent += sent
    sum.bytes += bytes
    sum.withheld += withheld
  }
  const time_us = clock.now_us()
  return {
    source: { kind: source.kind, name: source.name },
    state: player.state,
    playing: player.state === 'playing',
    speed: player.speed,
    position: { time: formatIso(time_us), time_us, messages: player.messages, rows: player.rows },
    feeds,
    connections: [...hub.connections].map(({ id, feed, listens, sent, bytes, withheld, backlog }) => ({
      id,
      feed,
      listens,
      sent,
      bytes,
      withheld,
      backlog,
    })),
    faults: {
      active: board.active.map(({ id, name, feed, args, count }) => ({ id, name, feed, args, count })),
      counts: { ...board.counts },
    },
    unserved: { ...world.unserved },
    made_up: madeUp(source, world),
  }
}

function madeUp({ notes }: Source, { ids, markets }: World): string[] {
  const silent = (field: 'tick' | 'min_size') => markets.filter(({ market }) => market[field] === null).length
  const found = [...notes, 'sizes at the touch of Binance, Coinbase and Kraken']
  const add = (count: number, what: string) => {
    if (count > 0) found.push(`${what} of ${count} markets`)
  }
  add(ids.made.conditions, 'condition ids')
  add(Math.ceil(ids.made.tokens / 2), 'token ids')
  add(silent('tick'), 'tick sizes (0.01 until the tape says otherwise)')
  add(silent('min_size'), 'minimum sizes (5)')
  add(markets.filter(({ market }) => market.fee === null).length, 'fee schedules (from the rules by date)')
  return found
}
