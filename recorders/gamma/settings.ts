import type { Section, Values } from '../../core/config/index.ts'

/** How windows are looked for and followed: section `recorder`, the polls of the metadata service. */
export const gammaSettings = {
  gamma_ahead_s: {
    type: 'number',
    default: 900,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'a window is looked for so long before it starts',
  },
  gamma_new_s: {
    type: 'number',
    default: 30,
    min: 1,
    max: 3_600,
    unit: 's',
    doc: 'how often a window is looked up that is not found yet, or whose strike is not',
  },
  gamma_strike_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 3_600,
    unit: 's',
    doc: 'the venue shows the strike so long after the start',
  },
  gamma_result_s: {
    type: 'number',
    default: 15,
    min: 1,
    max: 3_600,
    unit: 's',
    doc: 'how often the result of a window that is over is asked for',
  },
  gamma_give_up_s: {
    type: 'number',
    default: 7_200,
    min: 60,
    max: 604_800,
    unit: 's',
    doc: 'a result that is not there so long after the end is not asked for any longer',
  },
  gamma_list_s: {
    type: 'number',
    default: 300,
    min: 10,
    max: 86_400,
    unit: 's',
    doc: 'how often a series is listed, to find windows of names that nobody expects',
  },
  gamma_pages: {
    type: 'number',
    default: 20,
    min: 1,
    max: 1_000,
    integer: true,
    unit: '',
    doc: 'pages of such a list that are read at most',
  },
} as const satisfies Section

/** Values of these. */
export type GammaSettings = Values<typeof gammaSettings>
