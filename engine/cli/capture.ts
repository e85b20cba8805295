import { Readable } from 'node:stream'
import { type Io, SILENT } from './io.ts'

/** An io whose output is kept as text: for tests, and for callers that want a command's output. */
export type Capture = { io: Io; out(): string; err(): string; stop(reason: unknown): void }

/**
 * A quiet io without terminal, colours or environment.
 *
 * @param overrides what the caller wants different, such as `env` or `cwd`
 */
export function capture(overrides: Partial<Io> = {}): Capture {
  const out: string[] = []
  const err: string[] = []
  const controller = new AbortController()
  return {
    io: {
      stdout: { write: (text) => out.push(textOf(text)) },
      stderr: { write: (text) => err.push(textOf(text)) },
      stdin: Readable.from([]),
      width: null,
      isTTY: false,
      color: false,
      env: {},
      cwd: process.cwd(),
      signal: controller.signal,
      progress: () => SILENT,
      exitCode: 0,
      ...overrides,
    },
    out: () => out.join(''),
    err: () => err.join(''),
    stop: (reason) => controller.abort(reason),
  }
}

/** Bytes are kept a character each. */
function textOf(text: string | Uint8Array): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
}
