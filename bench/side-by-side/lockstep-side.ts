/** Lockstep's turn. `lockstep-side.ts SETUP`, a JSON object: see sides.ts. Speaks as turns.py does. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Columns } from '../../core/events/index.ts'
import { Replay, Stream } from '../../core/exchange/compat/index.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { Levels, Outcome } from './cases.ts'
import { readEvents } from './event-file.ts'
import type { Setup } from './sides.ts'

const TICKS = 100

const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`)

if (import.meta.main) await serve(JSON.parse(process.argv[2]!) as Setup)

async function serve(setup: Setup): Promise<void> {
  const begun = performance.now()
  const columns = readEvents(setup.events_file)
  const load_s = (performance.now() - begun) / 1e3
  const { version } = manifest
  say({ runtime: `Node ${process.version}`, version, events: columns.length, load_s, compile_s: 0 })
  for await (const word of createInterface({ input: process.stdin })) {
    if (word.trim() !== 'run') break
    say(play(columns, setup))
  }
  say({ peak_rss_kib: peakRssKib() })
  process.stdin.destroy()
}

/** Everything from an empty exchange to the end is timed, with what it takes to make the exchange. */
function play(rows: Columns, setup: Setup): Outcome & { wall_s: number; cpu_s: number } {
  const cpu = process.cpuUsage()
  const start_ms = performance.now()
  const replay = Replay.createReplay(rows, setup)
  Replay.advance(replay, true)
  const wall_s = (performance.now() - start_ms) / 1e3
  const { user, system } = process.cpuUsage(cpu)
  const { trades, position, cash } = Replay.resultOf(replay)
  const book = levels(replay)
  return {
    wall_s,
    cpu_s: (user + system) / 1e6,
    trades,
    position,
    cash: cash / 1e4,
    calls: replay.steps,
    book,
  }
}

function levels({ desk: { book } }: Replay.Replay): Levels {
  const bids: [number, number][] = []
  const asks: [number, number][] = []
  for (let tick = 0; tick <= TICKS; tick++) {
    const bid = book.bid_sizes[tick * Stream.CENT]!
    const ask = book.ask_sizes[tick * Stream.CENT]!
    if (bid > 0) bids.unshift([tick, bid])
    if (ask > 0) asks.push([tick, ask])
  }
  return { bids, asks }
}

function peakRssKib(): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1])
  } catch {
    return process.resourceUsage().maxRSS
  }
}
