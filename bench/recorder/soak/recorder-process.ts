import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ENGINE = fileURLToPath(new URL('../../../engine/cli/main.ts', import.meta.url))

/** Settings under which the tape's clock, which runs faster than ours, is followed, and seals come often. */
export const QUICK = {
  lead_s: 86_400,
  linger_s: 86_400,
  resolved_s: 86_400,
  clock_every_s: 1,
  clock_samples: 1,
  segment_s: 2,
  compact_segments: 6,
  replaced_s: 0,
} as const

/** `engine record` of everything that a sandbox serves, in a process of its own. */
export type RecorderProcess = {
  child: ChildProcess
  /** What it said on stderr. */
  log(): string
  /** Resolves when it is gone. */
  gone: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Start it. */
export function startRecorder(url: string, out: string): RecorderProcess {
  const params = Object.entries(QUICK).flatMap(([name, value]) => ['--param', `recorder.${name}=${value}`])
  const child = spawn(
    process.execPath,
    [
      ENGINE,
      'record',
      '--json',
      '--sandbox',
      url,
      '--out',
      out,
      '--assets',
      'btc',
      '--series',
      '5m',
      ...params,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    log += part
  })
  const gone = new Promise<Awaited<RecorderProcess['gone']>>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  return { child, log: () => log, gone }
}
