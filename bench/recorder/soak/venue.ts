import { defaults } from '../../../core/config/index.ts'
import { type SimulatorConfig, schema } from '../../../core/simulator/index.ts'
import { parseIso, SECOND } from '../../../core/units/index.ts'
import { fromSimulator, type Sandbox, startSandbox } from '../../../live-bridge/sandbox/index.ts'

/** Messages a second that all feeds together send at this speed while a window is open: some 400 a tape second. */
export const SPEED = 2

const START = '2026-09-05T12:00:00Z'
const WARMUP_S = 60
/** As fast as it may be wound forward to the first window. */
const WIND_SPEED = 1_000

/**
 * A sandbox of simulated markets that has been wound forward into its first window, where every feed talks. Nobody has listened.
 *
 * @param log where every text is noted that is sent
 * @param backlog_max a client so many bytes behind is closed
 */
export async function startVenue(windows: number, log: string, backlog_max?: number): Promise<Sandbox> {
  const config: Record<string, object> = {}
  for (const [name, section] of Object.entries(schema)) config[name] = defaults(section)
  config.sim_outages = { ...config.sim_outages, per_hour: 0 }
  config.sim_market = { ...config.sim_market, warmup_s: WARMUP_S }
  const start_us = parseIso(START)
  const source = fromSimulator({
    seed: SEED,
    windows,
    series: '5m',
    start_us,
    config: config as unknown as SimulatorConfig,
  })
  const sandbox = await startSandbox({
    source,
    speed: WIND_SPEED,
    begin: 'now',
    log,
    ...(backlog_max !== undefined && { backlog_max }),
  })
  await until('the first window', () => sandbox.status().position.time_us >= start_us + 10 * SECOND)
  sandbox.control.speed(SPEED)
  return sandbox
}

const SEED = 3
const DEADLINE_MS = 120_000
const LOOK_MS = 20

/**
 * Wait until something is so.
 *
 * @param what for the error
 * @throws Error when it is not so after two minutes
 */
export async function until(what: string, so: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now()
  while (!(await so())) {
    if (performance.now() - begun > DEADLINE_MS) throw new Error(`waited two minutes in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
