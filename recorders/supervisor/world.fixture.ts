import { defaults } from '../../core/config/index.ts'
import { Rng } from '../../core/random/index.ts'
import type { LinePlan } from '../feeds/feed.ts'
import type { JournalRecord, Note } from '../journal/record.ts'
import { createRedactor } from '../redactor.ts'
import { requesterSettings, type SupervisorSettings, supervisorSettings } from '../settings.ts'
import type { World } from './contract.ts'
import { broken, closedBy, type Ending } from './ending.ts'
import { type ManualTime, manualTime } from './time.fixture.ts'
import type { Dial, Socket, SocketEvents } from './web-socket.ts'

/** A world whose time stands still, and what was put into its journal: frames copied, as the journal must. */
export type Trial = { world: World; time: ManualTime; records: JournalRecord[]; notes(): Note[] }

/** A world for a test. */
export function trial(settings: Partial<SupervisorSettings> = {}, world: Partial<World> = {}): Trial {
  const time = manualTime()
  const records: JournalRecord[] = []
  return {
    time,
    records,
    notes: () => records.flatMap((record) => (record.type === 'note' ? [record.note] : [])),
    world: {
      clock: time.clock,
      timers: time,
      settings: { ...defaults(supervisorSettings), ...defaults(requesterSettings), ...settings },
      sink: (record) =>
        records.push(record.type === 'frame' ? { ...record, bytes: record.bytes.slice() } : record),
      rng: Rng.create(7, 1),
      secrets: {},
      endpoints: { 'clob_market.ws': 'ws://venue', 'binance.ws': 'ws://venue', 'polybolt.ws': 'ws://venue' },
      redactor: createRedactor([]),
      ...world,
    },
  }
}

/** A plan like that of the CLOB: text pings, subscriptions that can be changed. */
export function linePlan(plan: Partial<LinePlan> = {}): LinePlan {
  return {
    line: 'clob_market/0',
    endpoint: 'ws',
    path: '',
    keys: ['a', 'b'],
    hello: (keys) => [`subscribe ${keys.join(' ')}`],
    resubscribe: (added, removed) => [`add ${added.join(' ')}`, `remove ${removed.join(' ')}`],
    keepalive: {
      kind: 'text',
      every_ms: 10_000,
      text: 'PING',
      pong: (text) => text === 'PONG',
      timeout_ms: 30_000,
    },
    silence_ms: 30_000,
    life_ms: 0,
    ...plan,
  }
}

/** A socket whose peer is the test. */
export type ScriptedSocket = {
  address: string
  headers: Readonly<Record<string, string>>
  sent: string[]
  state: 'connecting' | 'open' | 'closing' | 'gone'
  paused: boolean
  open(): void
  say(text: string): void
  /** The peer closes, or answers our close. */
  end(ending?: Ending): void
}

/** A dial whose sockets are opened, fed and closed by hand. */
export function scriptedDial(): { dial: Dial; sockets: ScriptedSocket[]; live(): ScriptedSocket[] } {
  const sockets: ScriptedSocket[] = []
  const dial: Dial = (address, { headers }, events: SocketEvents): Socket => {
    const socket: ScriptedSocket = {
      address,
      headers,
      sent: [],
      state: 'connecting',
      paused: false,
      open() {
        socket.state = 'open'
        events.open()
      },
      say: (text) => events.frame(Buffer.from(text)),
      end(ending = socket.state === 'closing' ? closedBy(1_000, '') : broken('reset')) {
        if (socket.state === 'gone') return
        socket.state = 'gone'
        events.ended(ending)
      },
    }
    sockets.push(socket)
    return {
      send: (text) => void socket.sent.push(text),
      ping: () => void socket.sent.push('<ping>'),
      close: () => {
        socket.state = 'closing'
      },
      terminate: () => {
        socket.state = 'gone'
      },
      pause: () => {
        socket.paused = true
      },
      resume: () => {
        socket.paused = false
      },
    }
  }
  return { dial, sockets, live: () => sockets.filter(({ state }) => state !== 'gone') }
}
