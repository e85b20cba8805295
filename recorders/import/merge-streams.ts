import type { Micros } from '../../core/units/index.ts'

/**
 * Several streams, each in the order of time, as one. Equal times come in the order of the streams. All streams are closed
 * when the reader stops.
 */
export async function* mergeStreams<T extends { local_us: Micros }>(
  streams: readonly AsyncGenerator<T>[],
): AsyncGenerator<T> {
  const heads: (T | undefined)[] = []
  try {
    for (const stream of streams) heads.push(await head(stream))
    for (;;) {
      let best = -1
      for (let i = 0; i < heads.length; i++) {
        const row = heads[i]
        if (row !== undefined && (best < 0 || row.local_us < heads[best]!.local_us)) best = i
      }
      if (best < 0) return
      yield heads[best]!
      heads[best] = await head(streams[best]!)
    }
  } finally {
    for (const stream of streams) await stream.return(undefined)
  }
}

async function head<T>(stream: AsyncGenerator<T>): Promise<T | undefined> {
  const { done, value } = await stream.next()
  return done === true ? undefined : value
}
