import { setImmediate } from 'node:timers/promises'
import { Simulator } from '../../../core/simulator/index.ts'
import type { Piece, Source } from './source.ts'
import { wholeGroups } from './whole-groups.ts'

/** Rows that are simulated ahead of what is sent. */
const CHUNK_ROWS = 4_096

/**
 * The market simulator as a source: markets that never were, made while they are served.
 *
 * @throws SimulatorError and RuleError for options that cannot be
 */
export function fromSimulator(options: Simulator.SimulatorOptions): Source {
  const simulator = Simulator.create(options)
  return {
    kind: 'simulation',
    name: `seed ${options.seed}, ${options.windows} ${options.series} windows`,
    instruments: Simulator.instruments(simulator),
    from_us: simulator.now_us,
    activity: [],
    notes: ['simulated: no price, book or trade was ever real'],
    pieces: () => piecesOf(simulator),
  }
}

async function* piecesOf(simulator: Simulator.Simulator): AsyncGenerator<Piece> {
  for await (const rows of wholeGroups(Simulator.chunks(simulator, CHUNK_ROWS))) {
    yield { rows }
    await setImmediate()
  }
}
