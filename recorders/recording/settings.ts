import type { Section, Values } from '../../core/config/index.ts'

/** What is kept, how often it is made safe, and in what pieces: section `recorder`, the recording's part. */
export const recordingSettings = {
  flush_ms: {
    type: 'number',
    default: 200,
    min: 1,
    max: 60_000,
    unit: 'ms',
    doc: 'a frame is written to the journal within this time: what a kill loses at most',
  },
  fsync: {
    type: 'flag',
    default: true,
    unit: '',
    doc: 'ask the disk to keep what was written, after each flush: a loss of power then costs little more than a kill',
  },
  buffer_mb: {
    type: 'number',
    default: 64,
    min: 0.01,
    max: 4_096,
    unit: 'MB',
    doc: 'frames that wait for the disk; beyond it sockets are paused, beyond twice as much frames are refused and counted',
  },
  segment_mb: {
    type: 'number',
    default: 64,
    min: 0.001,
    max: 2_048,
    unit: 'MB',
    doc: 'a journal of this size is sealed and the next one begun',
  },
  segment_s: {
    type: 'number',
    default: 600,
    min: 1,
    max: 86_400,
    unit: 's',
    doc: 'a journal of this age is sealed and the next one begun',
  },
  raw: {
    type: 'flag',
    default: true,
    unit: '',
    doc: 'keep sealed journals, compressed: every frame as it came, so that rows can be made again',
  },
  replaced_s: {
    type: 'number',
    default: 600,
    min: 0,
    max: 604_800,
    unit: 's',
    doc: 'files that a seal or a compaction replaced stay so long, for readers who are at them; a stop removes them',
  },
  compact_segments: {
    type: 'number',
    default: 24,
    min: 2,
    max: 10_000,
    integer: true,
    unit: '',
    doc: 'sealed segments of a day beyond this number become Parquet before the day is over',
  },
} as const satisfies Section

/** Values of the recording's part. */
export type RecordingSettings = Values<typeof recordingSettings>
