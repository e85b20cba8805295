import cliProgress from 'cli-progress'
import { printable } from '../../recorders/printable.ts'
import { Stopped } from './errors.ts'
import { timeLeft } from './progress-time.ts'

/** Where text goes, and bytes. */
export type Sink = {
  /** False: it is full, and takes more after `drain`. */
  write(text: string | Uint8Array): unknown
  once?(event: 'drain' | 'close', tell: () => void): unknown
}

/** A progress bar, or nothing where nobody looks. */
export type Progress = {
  /** `done` in the unit of `total`; `note` replaces the bar's label. */
  update(done: number, note?: string): void
  stop(): void
}

/** Everything a command may touch of the world it was started in; tests pass their own. */
export type Io = {
  stdout: Sink
  stderr: Sink
  /** Where what is typed or piped comes from. */
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  /** Characters of a line of stdout; null where it is no terminal. */
  width: number | null
  /** Stderr is a terminal: progress bars make sense. */
  isTTY: boolean
  /** Stdout takes colours. */
  color: boolean
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /**
   * Aborted by Ctrl-C or SIGTERM, with a {@link Stopped} as reason. Long work checks it between pieces
   * (`io.signal.throwIfAborted()`) and gives the event loop a turn, or no signal can arrive.
   */
  signal: AbortSignal
  progress(total: number, label: string): Progress
  /** What the command ends with when it throws nothing. A result that failed sets 1 after printing it. */
  exitCode: number
}

/** A progress bar that shows nothing. */
export const SILENT: Progress = { update() {}, stop() {} }

/** A second signal this soon is the same key press, once from the terminal and once handed on by the parent. */
const SAME_PRESS_MS = 500

/** The io of this process: its streams, its signals. Call it once. */
export function processIo(): Io {
  const controller = new AbortController()
  let first_ms = 0
  const stop = (signal: NodeJS.Signals) => {
    const now_ms = performance.now()
    if (!controller.signal.aborted) {
      first_ms = now_ms
      controller.abort(new Stopped(signal))
    } else if (now_ms - first_ms > SAME_PRESS_MS) process.exit(new Stopped(signal).exit)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // A reader that has seen enough (`engine … | head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  const isTTY = process.stderr.isTTY === true
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    width: process.stdout.isTTY === true ? process.stdout.columns || 80 : null,
    isTTY,
    color:
      process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb',
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    progress: (total, label) => (isTTY ? bar(total, label) : SILENT),
    exitCode: 0,
  }
}

function bar(total: number, label: string): Progress {
  const single = new cliProgress.SingleBar({
    format: '{label} {bar} {percentage} %{left}',
    stream: process.stderr,
    barCompleteChar: '━',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    fps: 8,
  })
  const estimate = timeLeft(total, performance.now())
  single.start(total, 0, { label, left: '' })
  return {
    update(done, note) {
      const left = estimate.after(done, performance.now())
      single.update(done, note === undefined ? { left } : { left, label: printable(note) })
    },
    stop: () => single.stop(),
  }
}
