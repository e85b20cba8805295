import { describe, expect, test } from 'vitest'
import { takenWords } from './taken-words.ts'

const nothing = {
  displayed_shares: 0,
  taken_shares: 0,
  share: null,
  worst_share: null,
  worst_window: null,
  printed_shares: 0,
  filled_shares: 0,
  printed_share: null,
  worst_printed_share: null,
  worst_printed_window: null,
}

describe('what a run took, in words', () => {
  test('nothing where there was nothing to take, or nothing was taken', () => {
    expect(takenWords({ taken: nothing })).toEqual([])
    expect(takenWords({ taken: { ...nothing, displayed_shares: 5, share: 0, worst_share: 0 } })).toEqual([])
  })

  test('more than a fifth is a known lie, of displayed depth and of printed volume each by itself', () => {
    const taken = { ...nothing, share: 0.2, worst_share: 0.6, worst_window: 'one' }
    const printed = { ...taken, printed_share: 0.201, worst_printed_share: 3, worst_printed_window: 'two' }
    expect(takenWords({ taken: printed })).toEqual([
      {
        value: '20.0 %',
        of: 'of the depth displayed at the levels it took from, 60.0 % in one',
        lie: false,
      },
      {
        value: '20.1 %',
        of: 'of the volume printed in the windows it traded, 300.0 % in two',
        lie: true,
      },
    ])
  })
})
