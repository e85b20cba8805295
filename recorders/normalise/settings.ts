import type { Section, Values } from '../../core/config/index.ts'

/** How frames become rows: section `recorder`, the normaliser's part. */
export const normaliserSettings = {
  follow_ms: {
    type: 'number',
    default: 5_000,
    min: 100,
    max: 60_000,
    unit: 'ms',
    doc: 'what one connection of a line had and another did not have within this time was missed there',
  },
  follow_events: {
    type: 'number',
    default: 100_000,
    min: 1_000,
    max: 10_000_000,
    integer: true,
    unit: 'events',
    doc: 'events of a line that are remembered at most for that comparison',
  },
  tell_ms: {
    type: 'number',
    default: 1_000,
    min: 10,
    max: 600_000,
    unit: 'ms',
    doc: 'events that may come in floods (missed, refused, mismatching) are told once in so long, with their count',
  },
  quarantine_bytes: {
    type: 'number',
    default: 2_048,
    min: 64,
    max: 1_048_576,
    integer: true,
    unit: 'bytes',
    doc: 'how much of a malformed frame is kept in the quarantine table; the raw journal has it whole',
  },
  quarantine_rows: {
    type: 'number',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    integer: true,
    unit: 'rows',
    doc: 'rows of the quarantine table in one tape at most; later frames are counted only',
  },
  restate_s: {
    type: 'number',
    default: 86_400,
    min: 0,
    max: 31_536_000,
    unit: 's',
    doc: 'a new tape says again the markets that ended no longer ago than this',
  },
} as const satisfies Section

/** Values of the normaliser's part. */
export type NormaliserSettings = Values<typeof normaliserSettings>
