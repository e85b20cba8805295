import type { About } from '../hftbacktest/index.ts'
import { GAP_US, type Inference } from '../tape/index.ts'

/** What was met in event files, for the manifest. */
export type NpzFindings = {
  rows: number
  /** Events that stand a second time for the exchange. */
  copies: number
  /** Events with a time finer than a µs. */
  cut: number
  messages: number
}

/** What event files do not say and was concluded, with the evidence. */
export function describeEventFiles(
  { rows, copies, cut, messages }: NpzFindings,
  about: About | undefined,
): Inference[] {
  const ours = about !== undefined
  return [
    {
      what: 'events that stand a second time for the exchange',
      how: "the strategy's are taken, in its order; the others say the same again in the order of the exchange",
      agreement: `${copies} of ${rows}`,
    },
    {
      what: 'times in µs',
      how: 'cut off; events with a time that is finer',
      agreement: `${cut} of ${rows}`,
    },
    {
      what: 'messages',
      how: ours
        ? 'as the dataset had them that the file was made from'
        : 'events in a row with the same two times are one',
      agreement: `${messages} of ${rows - copies} events`,
    },
    {
      what: 'the market, its outcome and its gaps',
      how: ours
        ? `as the dataset had them that the file was made from, ${about.dataset_hash}`
        : `the market was named by hand; silences of more than ${GAP_US / 1e6} s are gaps`,
      agreement: ours ? 'told by the file' : 'not in the file',
    },
  ]
}
