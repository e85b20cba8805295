import type { MachineConfig } from '../../../core/machine/machine.ts'
import type { Micros } from '../../../core/units/index.ts'
import type { Sources } from '../../strategies/sources.ts'
import type { TraceFiles } from './trace.ts'

/** What a run in a process of its own is: all of it but the tape's rows. */
export type Job = {
  /** Name of a strategy that ships, or the path of its file. */
  strategy: string
  /** What was read of that file: a child runs these very texts, and opens none of them. Null for one that ships. */
  sources: Sources | null
  datasets: readonly string[]
  config: MachineConfig
  seed: number
  /** Open files, as the child knows them. */
  trace: TraceFiles
}

/** What a child is asked; each question is answered before the next. */
export type Ask =
  /** Run over the whole tape, once a trace. */
  | { kind: 'run'; job: Job; traces: TraceFiles[] }
  /** Read on to `rows` rows of the tape, and let happen what is due by a moment; null where no more rows follow. */
  | { kind: 'step'; job: Job; rows: number; until_us: Micros | null }
  /** The tape is over. */
  | { kind: 'end' }

/** What a child answers, and what its strategy was refused since the answer before. */
export type Reply = ({ kind: 'done'; state_hash: string } | { kind: 'failed'; message: string }) & {
  refused: string[]
}
