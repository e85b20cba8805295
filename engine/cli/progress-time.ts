/** How long work will go on, by how fast it went so far. */
export type TimeLeft = {
  /** Take note of what is done now. @returns what to show: ` 12 s left`, or nothing while nobody can know */
  after(done: number, now_ms: number): string
}

/** Below this part, the start (files opened, caches made) says more than the work. */
const SHOWN_FROM = 0.05
/** The speed of so long ago counts half. */
const HALF_LIFE_MS = 10_000

/** An estimate that is smoothed over time, so that pieces of uneven size do not make it jump. */
export function timeLeft(total: number, started_ms: number): TimeLeft {
  let done_before = 0
  let before_ms = started_ms
  /** Smoothed work and time, in which the present counts most. */
  let work = 0
  let time_ms = 0
  return {
    after(done, now_ms) {
      const passed_ms = now_ms - before_ms
      if (passed_ms > 0) {
        const kept = 0.5 ** (passed_ms / HALF_LIFE_MS)
        work = work * kept + (done - done_before)
        time_ms = time_ms * kept + passed_ms
        done_before = done
        before_ms = now_ms
      }
      if (total <= 0 || done < SHOWN_FROM * total || work <= 0) return ''
      return ` ${inWords(((total - done) * time_ms) / work / 1_000)} left`
    },
  }
}

function inWords(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  const minutes = Math.floor(s / 60)
  return minutes < 60 ? `${minutes} min ${s % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
