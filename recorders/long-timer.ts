/** Node's own bound of a delay, ms: a longer one would be over at once. */
const DELAY_MAX_MS = 2_147_483_647

/**
 * Act once after a while, however long.
 *
 * @param delay_ms ms; below 0 is 0
 * @param keeps whether a process that has nothing else to do waits for it
 * @returns forgets it
 */
export function after(delay_ms: number, act: () => void, keeps = true): () => void {
  let timer: NodeJS.Timeout
  const wait = (left_ms: number) => {
    const now_ms = Math.min(left_ms, DELAY_MAX_MS)
    timer = setTimeout(() => (left_ms > now_ms ? wait(left_ms - now_ms) : act()), now_ms)
    if (!keeps) timer.unref()
  }
  wait(Math.max(0, delay_ms))
  return () => clearTimeout(timer)
}
