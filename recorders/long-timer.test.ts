import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { after } from './long-timer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const DAY_MS = 86_400_000

test.each([0, 1, DAY_MS, 2_147_483_647, 2_147_483_648, 400 * DAY_MS])(
  'acts once, after %i ms',
  (delay_ms) => {
    const act = vi.fn()
    after(delay_ms, act)
    if (delay_ms > 0) vi.advanceTimersByTime(delay_ms - 1)
    expect(act).toHaveBeenCalledTimes(0)
    vi.advanceTimersByTime(1)
    expect(act).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(100 * DAY_MS)
    expect(act).toHaveBeenCalledTimes(1)
  },
)

test('is forgotten at any moment, in its second wait too', () => {
  const act = vi.fn()
  const forget = after(60 * DAY_MS, act)
  vi.advanceTimersByTime(30 * DAY_MS)
  forget()
  vi.advanceTimersByTime(60 * DAY_MS)
  expect(act).toHaveBeenCalledTimes(0)
})
