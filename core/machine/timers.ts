/** What the machine sets timers for. All are due at times that are known before, so that they are part of the timeline. */
export const Timer = {
  /** A window starts. */
  OPEN: 1,
  /** Quoting ends. */
  CUTOFF: 2,
  /** A window ends. */
  END: 3,
  /** Nobody told the outcome: what is known decides. */
  SETTLE: 4,
  /** The market may have been silent too long. */
  SILENCE: 5,
  /** The mid some time after a fill; `order` is the fill, `x` the horizon. */
  MARKOUT: 6,
} as const

/** Horizons of markouts in seconds, in the order of the fills table. */
export const MARKOUT_S = [1, 5, 10, 30] as const
