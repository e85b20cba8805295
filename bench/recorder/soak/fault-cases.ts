import type { Sandbox } from '../../../live-bridge/sandbox/index.ts'
import type { SessionStatus } from '../../../recorders/record/index.ts'

/** A misbehaviour to be played: what is asked for, and when there has been enough of it. */
export type FaultCase = {
  name: string
  /** What it is in the page of figures. */
  what: string
  /** As the control route takes it; all of them begin together. */
  faults: readonly Readonly<Record<string, string | number>>[]
  /** Whether the recorder has shown what it does about it. `before`: as it stood when the fault began. */
  enough(now: SessionStatus, before: SessionStatus, sandbox: Sandbox): boolean
  /** Every socket was lost, so that every feed has a gap. */
  cuts: boolean
}

const reconnects = ({ lines }: SessionStatus, line: string) =>
  lines.find((one) => one.line === line)?.reconnects ?? 0
const again = (line: string) => (now: SessionStatus, before: SessionStatus) =>
  reconnects(now, line) > reconnects(before, line)
const struck =
  (name: string, times: number) => (_now: SessionStatus, _before: SessionStatus, sandbox: Sandbox) =>
    (sandbox.status().faults.counts[name] ?? 0) >= times
const allLost = ({ lines }: SessionStatus) =>
  lines.filter(({ line }) => isSocket(line)).every(({ state }) => state !== 'live')
const refusing = (name: string) => (now: SessionStatus, before: SessionStatus, sandbox: Sandbox) =>
  allLost(now) && struck(name, 5)(now, before, sandbox)

const isLostOrSilent = ({ state, silent_ms }: SessionStatus['lines'][number]) =>
  state !== 'live' || (silent_ms ?? 0) > 2_000

/** Sockets have numbers, polls have names. */
export function isSocket(line: string): boolean {
  return /\/\d+$/.test(line)
}

const WORDS = {
  'http-429': '429',
  'http-5xx': '503',
  'html-error': '403 and a page of HTML',
} as const

/** Every misbehaviour that the sandbox knows. */
export const FAULT_CASES: readonly FaultCase[] = [
  {
    name: 'drop',
    what: 'every socket is closed without a word',
    faults: [{ name: 'drop' }],
    enough: again('clob_market/0'),
    cuts: true,
  },
  {
    name: 'cut-refuse',
    what: 'the network is gone and refuses',
    faults: [{ name: 'cut', mode: 'refuse' }],
    enough: refusing('cut'),
    cuts: true,
  },
  {
    name: 'cut-blackhole',
    what: 'the network is gone and says nothing',
    faults: [{ name: 'cut', mode: 'blackhole' }],
    enough: (now) => now.lines.filter(({ line }) => isSocket(line)).every(isLostOrSilent),
    cuts: true,
  },
  {
    name: 'freeze-socket',
    what: 'sockets of the CLOB and of Binance give no data, and answer PINGs; new ones are good',
    faults: [
      { name: 'freeze', feed: 'clob_market', sockets: 'open' },
      { name: 'freeze', feed: 'binance', sockets: 'open' },
    ],
    enough: (now, before) => again('clob_market/0')(now, before) && again('binance/0')(now, before),
    cuts: false,
  },
  {
    name: 'freeze-venue',
    what: 'no socket of the CLOB gives data, a new one neither',
    faults: [{ name: 'freeze', feed: 'clob_market' }],
    enough: (now) => (now.lines.find(({ line }) => line === 'clob_market/0')?.silent_ms ?? 0) > 2_000,
    cuts: false,
  },
  {
    name: 'duplicate',
    what: 'a third of the messages come twice',
    faults: [{ name: 'duplicate', rate: 0.33 }],
    enough: struck('duplicate', 300),
    cuts: false,
  },
  {
    name: 'reorder',
    what: 'one message in ten is overtaken by three others',
    faults: [{ name: 'reorder', rate: 0.1, depth: 3 }],
    enough: struck('reorder', 60),
    cuts: false,
  },
  {
    name: 'malformed',
    what: 'a third of the messages are spoilt',
    faults: [{ name: 'malformed', rate: 0.33, kind: 'broken' }],
    enough: (now) => now.lines.some(({ state }) => state === 'suppressed'),
    cuts: false,
  },
  {
    name: 'slow',
    what: 'everything comes 300 ms late',
    faults: [{ name: 'slow', delay_ms: 300 }],
    enough: struck('slow', 500),
    cuts: false,
  },
  {
    name: 'wrong-best-bid',
    what: 'the CLOB states a best bid beside its own book',
    faults: [{ name: 'wrong-best-bid', rate: 1 }],
    enough: struck('wrong-best-bid', 500),
    cuts: false,
  },
  {
    name: 'lost',
    what: 'one message in ten is silently left out',
    faults: [{ name: 'lost', rate: 0.1 }],
    enough: struck('lost', 100),
    cuts: false,
  },
  {
    name: 'restart',
    what: 'the venue restarts: all closed (1001), and refused for a second',
    faults: [{ name: 'restart', down_s: 1 }],
    enough: (_now, _before, sandbox) => sandbox.status().faults.active.length === 0,
    cuts: true,
  },
  ...(['http-429', 'http-5xx', 'html-error'] as const).map(
    (name): FaultCase => ({
      name,
      what: `every socket is closed, and handshakes and requests are answered with ${WORDS[name]}`,
      faults: [{ name }, { name: 'drop' }],
      enough: refusing(name),
      cuts: true,
    }),
  ),
]
