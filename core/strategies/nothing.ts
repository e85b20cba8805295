import type { Strategy } from './strategy.ts'

/** Wants nothing, ever: the control that any result has to beat, and the cost of the machinery alone. */
export const nothing: Strategy<null> = {
  name: 'nothing',
  settings: {},
  needs_model: false,
  init: () => null,
  on() {},
}
