import type { Answer } from '../supervisor/contract.ts'

/** For tests of what is polled: an answer of a venue, or an error page. */
export function answerOf(value: unknown, ok = true): Answer {
  return {
    status: ok ? 200 : 500,
    ok,
    reason: '',
    bytes: new Uint8Array(),
    text: () => JSON.stringify(value),
    sent_us: 0,
    head_us: 0,
    date_ms: null,
    retry_after_ms: null,
  }
}
