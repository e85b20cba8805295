/** Work in order, one piece at a time: a piece that fails is kept, and done again when asked. */
export type Jobs = {
  /** Pieces not done. */
  readonly waiting: number
  /** Why nothing is done at present; null when all is well. */
  readonly error: Error | null
  add(job: () => Promise<void>): void
  /** After a failure: do the piece that failed again. */
  retry(): void
  /** When all is done. @throws what a piece threw */
  idle(): Promise<void>
  /** Begin no further piece. */
  stop(): Promise<void>
}

export function createJobs(): Jobs {
  const queue: (() => Promise<void>)[] = []
  let running: Promise<void> | null = null
  let error: Error | null = null
  let stopped = false
  async function work(): Promise<void> {
    while (queue.length > 0 && !stopped) {
      try {
        await queue[0]!()
        queue.shift()
      } catch (thrown) {
        error = thrown instanceof Error ? thrown : new Error(String(thrown))
        return
      }
    }
  }
  function start(): void {
    if (running !== null || error !== null || stopped || queue.length === 0) return
    running = work().finally(() => {
      running = null
      start()
    })
  }
  return {
    get waiting() {
      return queue.length
    },
    get error() {
      return error
    },
    add(job) {
      queue.push(job)
      start()
    },
    retry() {
      error = null
      start()
    },
    async idle() {
      start()
      while (running !== null) await running
      if (error !== null) throw error
    },
    async stop() {
      stopped = true
      await running
    },
  }
}
