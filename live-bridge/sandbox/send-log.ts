import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import type { FeedName } from '../../recorders/journal/record.ts'

/** A line of the log: what went out to whom. `seq` counts a connection's texts from 0, null for one that was not sent. */
export type Sent = {
  wall_us: number
  feed: FeedName
  connection: number
  seq: number | null
  sha1: string
  bytes: number
  /** The fault that had its way with it. */
  fault?: string
}

/** Keeps a line of JSON for every text sent, so that what was recorded can be held against it. */
export type SendLog = {
  /** Rejects when a line cannot be written: what follows would not be in the log. */
  readonly failed: Promise<never>
  write(feed: FeedName, connection: number, seq: number | null, text: string, fault?: string): void
  close(): Promise<void>
}

const MS = 1_000

/** @param path file to be written anew */
export function createSendLog(path: string): SendLog {
  const file = createWriteStream(path)
  let failure: Error | undefined
  const failed = new Promise<never>((_, reject) => {
    file.on('error', (error) => {
      failure = error
      reject(error)
    })
  })
  // Who does not wait for it is told when the log is closed.
  failed.catch(() => undefined)
  return {
    failed,
    write(feed, connection, seq, text, fault) {
      const line: Sent = {
        wall_us: Math.round((performance.timeOrigin + performance.now()) * MS),
        feed,
        connection,
        seq,
        sha1: createHash('sha1').update(text).digest('hex'),
        bytes: Buffer.byteLength(text),
        ...(fault !== undefined && { fault }),
      }
      file.write(`${JSON.stringify(line)}\n`)
    },
    async close() {
      await new Promise<void>((resolve) => file.end(resolve))
      if (failure !== undefined) throw failure
    },
  }
}
