import { defaults } from '../../../core/config/index.ts'
import type { Feed, LinePlan } from '../../../recorders/feeds/feed.ts'
import { FEEDS } from '../../../recorders/feeds/index.ts'
import {
  openSession,
  type RecordOptions,
  recorderSchema,
  type Session,
} from '../../../recorders/record/index.ts'
import { endpointsOf } from '../../../recorders/supervisor/index.ts'
import { QUICK } from './recorder-process.ts'

/** Patience shortened to what a local sandbox needs, so that a fault shows within a second. */
const SHORT = {
  ...QUICK,
  flush_ms: 20,
  handshake_ms: 500,
  verify_ms: 300,
  dump_ms: 100,
  echo_ms: 200,
  close_ms: 200,
  backoff_ms: 50,
  backoff_cap_ms: 400,
  good_ms: 2_000,
  refused_ms: 1_000,
  request_timeout_ms: 1_000,
  mismatch_ms: 100,
  reseed_ms: 200,
  tell_ms: 50,
  quarantine_burst: 50,
  quarantine_s: 5,
  suppress_s: 0.5,
} as const
const SILENCE_MS = 800
const KEEPALIVE_MS = 500

/** What a run sets differently: settings of the recorder, and whether feeds keep their own patience. */
export type Run = {
  settings?: Partial<typeof recorderDefaults>
  /** Settings as shipped, but for those that follow the tape's faster clock. */
  patient?: boolean
  create?: RecordOptions['create']
}

const recorderDefaults = defaults(recorderSchema.recorder)

/** Record everything that a sandbox serves, in this process. */
export async function startSession(url: string, out: string, run: Run = {}): Promise<Session> {
  const { settings = {}, patient = false, create } = run
  const feeds = patient ? FEEDS : FEEDS.map(impatient)
  return openSession({
    out,
    assets: ['btc'],
    series: ['5m'],
    wallets: [],
    feeds,
    config: {
      recorder: { ...recorderDefaults, ...(patient ? QUICK : SHORT), ...settings },
      endpoints: {},
    },
    endpoints: await endpointsOf(feeds, {}, url),
    secrets: {},
    sandboxed: true,
    ...(create !== undefined && { create }),
  })
}

function impatient(feed: Feed): Feed {
  return { ...feed, lines: (scope) => feed.lines(scope).map(hurried) }
}

function hurried(plan: LinePlan): LinePlan {
  const { keepalive } = plan
  const often = { every_ms: KEEPALIVE_MS, timeout_ms: KEEPALIVE_MS }
  return {
    ...plan,
    silence_ms: SILENCE_MS,
    keepalive:
      keepalive.kind === 'none' || keepalive.timeout_ms === 0 ? keepalive : { ...keepalive, ...often },
  }
}
