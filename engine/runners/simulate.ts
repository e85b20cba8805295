import { setImmediate } from 'node:timers/promises'
import { type Columns, Kind, type ReferenceProfile, type Resolution } from '../../core/events/index.ts'
import { Simulator } from '../../core/simulator/index.ts'
import { formatIso } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { recordedProfile } from '../../recorders/feeds/profile.ts'
import { createDataset, type DatasetWriter, type Manifest, madeShare } from '../../recorders/tape/index.ts'

/** A simulation, and where it goes. */
export type SimulateOptions = Simulator.SimulatorOptions & {
  /** Dataset folder to make; it must not exist, or be empty. */
  out: string
  signal?: AbortSignal
  /** Told how much is done, from 0 to 1. */
  progress?: (share: number) => void
}

/** What a simulation came to: the answer of `engine simulate`. */
export type SimulateReport = { dataset_hash: string; events: number; windows: number }

const NOTES = [
  'Simulated: no price, book or trade in it was ever real. docs/simulator.md holds it beside a recording, statistic by statistic.',
]
/** Rows between two looks at the signal. */
const CHUNK_ROWS = 32_768

/**
 * Write a dataset of simulated windows: rows stream to disk in constant memory, and nothing is left behind on an error or
 * an abort. One seed and one configuration give one dataset hash on any machine.
 *
 * @throws SimulatorError and RuleError for options that cannot be; TapeError `tape.exists`
 */
export async function simulate(options: SimulateOptions): Promise<SimulateReport> {
  const { out, signal, progress, ...asked } = options
  const simulator = Simulator.create(asked)
  const begin_us = simulator.now_us
  const share = madeShare((made) => progress?.(made))
  const writer = await createDataset(
    out,
    {
      source: 'simulated',
      licence: 'MIT',
      attribution: 'made by Lockstep; no price, book or trade in it was ever real',
      created_by: `lockstep ${pkg.version}, simulate`,
      reference_profile: profileOf(simulator),
      carries: { book: 'full', trades: true },
    },
    { archived: share.archived },
  )
  try {
    const resolutions: Resolution[] = []
    for (const columns of Simulator.chunks(simulator, CHUNK_ROWS)) {
      signal?.throwIfAborted()
      await writer.append(columns)
      noteResolutions(simulator, columns, resolutions)
      share.taken((simulator.now_us - begin_us) / (simulator.end_us - begin_us))
      // A signal can only arrive while nothing runs.
      await setImmediate()
    }
    const manifest = await finish(writer, simulator, asked, resolutions)
    return {
      dataset_hash: manifest.dataset_hash,
      events: manifest.counts.rows,
      windows: manifest.windows.total,
    }
  } finally {
    await writer.abort()
  }
}

/** The profile that a recording of the same series would state. */
function profileOf(simulator: Simulator.Simulator): ReferenceProfile {
  return { ...recordedProfile(Simulator.instruments(simulator)), name: 'simulated', notes: NOTES }
}

/** The venue's own word on each window, as its row says it. */
function noteResolutions(simulator: Simulator.Simulator, columns: Columns, into: Resolution[]): void {
  const { instruments } = Simulator.instruments(simulator)
  for (let i = 0; i < columns.length; i++) {
    if (columns.kind[i] !== Kind.RESOLVED) continue
    const token = instruments[columns.instrument[i]!]!
    if (token.kind !== 'token') continue
    const { market } = token
    into.push({ market, up_payout: columns.price[i]!, known_us: columns.local_us[i]!, class: 'recorded' })
  }
}

function finish(
  writer: DatasetWriter,
  simulator: Simulator.Simulator,
  asked: Simulator.SimulatorOptions,
  resolutions: Resolution[],
): Promise<Manifest> {
  const { seed, series, start_us, windows, config } = asked
  const recipe = { seed, series, start: formatIso(start_us), windows, settings: config }
  return writer.finish({
    assignment: 'assigned',
    windows: {
      total: windows,
      recorded: resolutions.length,
      settlement: 0,
      inferred_from_book: 0,
      unresolved: windows - resolutions.length,
    },
    inferred: [],
    refused: [],
    instruments: Simulator.instruments(simulator),
    resolutions,
    gaps: Simulator.lostFeeds(simulator).map(({ feed, from_us, to_us }) => ({
      market: null,
      feed,
      from_us,
      to_us,
      reason: 'connection lost',
    })),
    attachments: { 'simulation.json': `${JSON.stringify(recipe, null, 2)}\n` },
  })
}
