import { Feed as Code } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import {
  answered,
  createDiscovery,
  type Discovery,
  type GammaQuestion,
  questions,
} from '../gamma/discovery.ts'
import { createGammaReader } from '../gamma/reader.ts'
import type { PollSettings } from '../settings.ts'
import type { Feed, Polling, Scope } from './feed.ts'
import { gammaExamples } from './gamma-examples.ts'

/** How often it is looked whether there is something to ask. */
const LOOK_MS = 1_000

/**
 * Gamma, the venue's metadata service: finds the windows of the assets and series that are recorded, by the names that they
 * must have and by lists of their series, and asks on until strike and outcome are known. No sockets.
 */
export const gamma: Feed = {
  name: 'gamma',
  code: Code.GAMMA,
  describe: 'Polymarket metadata: windows, fees, tick sizes, strikes and outcomes',
  endpoints: { rest: 'https://gamma-api.polymarket.com' },
  lines: () => [],
  polling,
  examples: gammaExamples,
  read: createGammaReader,
}

/** Discovery asked one question at a time; the answer to one is waited for before the next. */
function polling(settings: PollSettings, state?: unknown): Polling {
  const discovery = (structuredClone(state) as Discovery | undefined) ?? createDiscovery()
  let asked: GammaQuestion | null = null
  let asked_us: Micros = 0
  return {
    plans(scope: Scope) {
      if (scope.assets.length === 0 || scope.series.length === 0) return []
      return [
        {
          line: 'gamma/discovery',
          every_ms: LOOK_MS,
          jitter_ms: LOOK_MS / 10,
          ask(now_us) {
            asked = questions(discovery, scope, now_us, settings, 1)[0] ?? null
            asked_us = now_us
            return asked === null ? null : { feed: 'gamma', role: 'rest', ...asked }
          },
          answered(answer) {
            if (asked === null) return false
            answered(discovery, asked, answer.ok ? answer.text() : null, scope, asked_us, settings)
            return true
          },
        },
      ]
    },
    state: () => structuredClone(discovery),
  }
}
