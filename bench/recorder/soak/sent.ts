import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Micros } from '../../../core/units/index.ts'
import type { FeedName } from '../../../recorders/journal/index.ts'

/** A socket of the sandbox, and every text that went out on it. */
export type SentTo = {
  feed: FeedName
  texts: { wall_us: Micros; sha1: string }[]
}

/** Everything that a sandbox sent, by socket in the order of their first texts, from the log that it kept. */
export async function readSent(log: string): Promise<SentTo[]> {
  const sockets = new Map<number, SentTo>()
  const lines = createInterface({ input: createReadStream(log), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    const { wall_us, feed, connection, seq, sha1 } = JSON.parse(line) as {
      wall_us: Micros
      feed: FeedName
      connection: number
      seq: number | null
      sha1: string
    }
    if (seq === null) continue
    const socket = sockets.get(connection) ?? { feed, texts: [] }
    sockets.set(connection, socket)
    socket.texts[seq] = { wall_us, sha1 }
  }
  return [...sockets.values()]
}
