import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Outcome } from './cases.ts'
import { PYTHON_ENV } from './environment.ts'

/** What a side says when it has its events in memory and its code compiled. */
export type Ready = { runtime: string; version: string; events: number; load_s: number; compile_s: number }
/** What it says after a turn. */
export type Turn = Outcome & { wall_s: number; cpu_s: number }

/** A side's process. It waits between its turns, and costs nothing then. */
export type Player = {
  readonly ready: Ready
  /** Play the case once. */
  play(): Promise<Turn>
  /** Let it go: the most memory that it had, in KiB. */
  end(): Promise<{ peak_rss_kib: number }>
  /** Stop it at once, whatever it does. */
  kill(): void
}

/** Longest that a side may take to answer. */
const ANSWER_MS = 5 * 60_000

/** The words before a command that keep it on one processor; none where the system cannot. */
export function pinnedTo(cpu: number): string[] {
  const pin = ['taskset', '--cpu-list', String(cpu)]
  return spawnSync(pin[0]!, [...pin.slice(1), 'true'], { stdio: 'ignore' }).status === 0 ? pin : []
}

/**
 * Start a side and wait until it is ready.
 *
 * @throws PlayerError `side-by-side.player` when it ends or falls silent, with the last line of what it complained of
 */
export async function start(command: readonly string[]): Promise<Player> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...PYTHON_ENV },
  })
  const listen = listener(child)
  const send = (word: string) => child.stdin!.write(`${word}\n`)
  const kill = () => void child.kill('SIGKILL')
  try {
    const ready = (await listen()) as Ready
    return {
      ready,
      kill,
      async play() {
        send('run')
        return (await listen()) as Turn
      },
      async end() {
        send('end')
        return (await listen()) as { peak_rss_kib: number }
      },
    }
  } catch (error) {
    kill()
    throw error
  }
}

/** Takes one line after another off a process. */
function listener(child: ChildProcess): () => Promise<unknown> {
  const lines: string[] = []
  let complaints = ''
  let ended = false
  let wake = () => {}
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line)
    wake()
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4_000)
  })
  child.stdin!.on('error', () => {}) // its end is told by the process
  const stop = (why: string) => {
    if (!ended) complaints += `\n${why}`
    ended = true
    wake()
  }
  child.on('error', (error) => stop(error.message))
  child.on('close', (code, signal) => stop(signal === null ? `it left with ${code}` : `${signal} ended it`))
  return async () => {
    const limit = setTimeout(() => {
      stop(`no answer within ${ANSWER_MS / 60_000} minutes`)
      child.kill('SIGKILL')
    }, ANSWER_MS)
    while (lines.length === 0 && !ended) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    clearTimeout(limit)
    const line = lines.shift()
    if (line === undefined) throw new PlayerError(child.spawnargs, complaints)
    return JSON.parse(line)
  }
}

/** A side has failed. */
export class PlayerError extends Error {
  readonly code = 'side-by-side.player'
  readonly fix = 'run the side by hand with the same arguments'
  constructor(command: readonly string[], complaints: string) {
    super(`"${command.join(' ')}" ended before it had answered: ${reasonIn(complaints)}`)
    this.name = 'SideBySide.PlayerError'
  }
}

/** The line that names an error, the last of them; or the last line of all. */
function reasonIn(complaints: string): string {
  const lines = complaints.trim().split('\n')
  return (lines.findLast((line) => /^\w*(Error|Exception|Interrupt)\b/.test(line)) ?? lines.at(-1)!).trim()
}
