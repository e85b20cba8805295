import { join } from 'node:path'
import type { Config } from '../../core/config/index.ts'
import { Rng } from '../../core/random/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import type { Feed, Scope } from '../feeds/feed.ts'
import { recordedProfile } from '../feeds/profile.ts'
import { readPlainText, replaceText } from '../files/index.ts'
import type { FeedName, JournalRecord } from '../journal/record.ts'
import { FILE_BYTES } from '../limits.ts'
import { createNormaliser } from '../normalise/index.ts'
import { openRecordingWriter, type RecordingOptions } from '../recording/index.ts'
import {
  CLOCK_SOURCES,
  createClock,
  createPolls,
  createRequester,
  createSupervisor,
  type Endpoints,
  type FeedSecrets,
  processReadings,
  processTimers,
  redactorOf,
  type World,
  watchClock,
  watchVenueClocks,
} from '../supervisor/index.ts'
import { refuseFarClock } from './clock-check.ts'
import { createClockWatch } from './clock-watch.ts'
import type { recorderSchema } from './schema.ts'
import { type Session, type Sources, startSession } from './session.ts'

/** What is to be recorded, where to, and from where. */
export type RecordOptions = {
  /** Folder of the recording; continued where there is one. */
  out: string
  assets: readonly string[]
  series: readonly string[]
  wallets: readonly string[]
  feeds: readonly Feed[]
  config: Config<typeof recorderSchema>
  endpoints: Endpoints
  secrets: FeedSecrets
  /** Record by this machine's clock, whatever the recording's end and the venues' clocks say. */
  accept_clock?: boolean
  /** The venues are a sandbox, which may play another time: its clock is nothing to judge ours by. */
  sandboxed?: boolean
  /** How journal files are made; for tests. */
  create?: NonNullable<RecordingOptions['create']>
}

/** Many more than are opened while one journal is written; and numbers last for a million journals. */
const CONNECTIONS_PER_JOURNAL = 4_096
/** Where polls have read to, beside the journals: they need not be asked again for what is there. */
const POLLS_FILE = 'polls.json'

/**
 * Begin to record, or go on with a recording: what a killed process left is sealed first.
 *
 * @throws as {@link openRecordingWriter}, and `recording.time` where no venue's clock agrees with ours
 */
export async function openSession(options: RecordOptions): Promise<Session> {
  const { out, assets, series, wallets, feeds, config, endpoints, secrets } = options
  const { accept_clock = false, sandboxed = false } = options
  const settings = config.recorder
  const clock = createClock(processReadings())
  const timers = processTimers()
  const asked = { assets, series, wallets, feeds: feeds.map(({ name }) => name) }
  const redactor = redactorOf(secrets)
  const named = new Set(asked.feeds)
  const clocks = CLOCK_SOURCES.filter(({ feed }) => named.has(feed))
  const worldOf = (sink: World['sink']): World => ({
    clock,
    timers,
    settings,
    sink,
    // Jitter alone: nothing that is recorded depends on it.
    rng: Rng.create(clock.receipt().wall_us % 2 ** 32, 0),
    secrets,
    endpoints,
    redactor,
  })
  if (!accept_clock && !sandboxed) {
    const world = worldOf(() => undefined)
    const requester = createRequester(world)
    await refuseFarClock(out, world, requester, clocks).finally(() => requester.stop())
  }
  const writer = await openRecordingWriter(out, {
    settings,
    scope: asked,
    config: Object.fromEntries(Object.entries(settings).map(([name, value]) => [`recorder.${name}`, value])),
    head: {
      source: `recorded: ${asked.feeds.join(', ')}`,
      licence: 'unknown: the terms of the venues apply',
      attribution: 'recorded by whoever ran it; prices and books of the venues named under source',
      created_by: `lockstep ${pkg.version}, record`,
      // Renewed with each seal, when it is known what came.
      reference_profile: recordedProfile({ markets: [], instruments: [] }),
      carries: { book: 'full', trades: true },
    },
    normaliser: (state) => createNormaliser(state === undefined ? { settings } : { settings, state }),
    now: () => clock.receipt(),
    accept_clock,
    ...(options.create !== undefined && { create: options.create }),
  })
  // Accepted as it is: time goes on from the recording's end.
  if (accept_clock) clock.goOnFrom(writer.last_us)
  const states = await readPolls(out)
  const scope: Omit<Scope, 'markets'> = {
    roles: { binance: settings.binance_stream, coinbase: settings.coinbase_stream },
    tokens_per_socket: settings.tokens_per_socket,
    assets,
    series,
    wallets,
    credentials: new Set(Object.keys(secrets) as FeedName[]),
  }

  function sources(sink: (record: JournalRecord) => void): Sources {
    const world = worldOf(sink)
    sink({
      type: 'note',
      ...clock.receipt(),
      note: { note: 'start', recorder: 'lockstep', version: pkg.version, scope: asked },
    })
    const requester = createRequester(world)
    // Each process begins a journal of its own: no other one of this recording has given these numbers.
    const first_connection = writer.figures().journal * CONNECTIONS_PER_JOURNAL
    const stops = [
      watchClock(clock, timers, sink, settings.clock_step_ms),
      watchVenueClocks(world, requester, clocks),
    ]
    return {
      supervisor: createSupervisor(world, { first_connection }),
      requester,
      polls: createPolls(world, requester),
      stopClocks() {
        for (const stop of stops) stop()
      },
    }
  }

  return startSession({
    out,
    feeds,
    scope,
    settings,
    writer,
    timers,
    clocks: createClockWatch(sandboxed),
    now_us: () => clock.receipt().wall_us,
    pollings: feeds.flatMap((feed) => {
      const polling = feed.polling?.(settings, states[feed.name])
      return polling === undefined ? [] : [{ feed: feed.name, polling }]
    }),
    keepPollings: (now) => keepPolls(out, now),
    sources,
  })
}

async function readPolls(out: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readPlainText(join(out, POLLS_FILE), FILE_BYTES.manifest)) as Record<
      string,
      unknown
    >
  } catch {
    // None, or half of one: questions begin anew, and what was there is recognised.
    return {}
  }
}

async function keepPolls(out: string, states: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    await replaceText(join(out, POLLS_FILE), JSON.stringify(states))
  } catch {
    // A full disk shows in the journal; at worst polls read again what they have.
  }
}
