import type { Inference } from '../tape/index.ts'
import type { TimedFiles } from './timed-files.ts'
import type { TopWindows } from './top-windows.ts'
import { zoneInference } from './zone.ts'

/** What polls do not say and was concluded, with the evidence, when every row was read. */
export function describePolls({ findings, markets }: TopWindows, recording: TimedFiles): Inference[] {
  const { pairs, mirrored, mirrored_before, unanswered, unanswered_alone, fine, fills, rounded } = findings
  return [
    ...recording.zones.map(zoneInference),
    {
      what: 'when a poll was known',
      how: 'at its Timestamp, whole seconds, in the order of the file; rows of one second keep their order. The stamp is that of the question: the answer came up to some seconds later, so that the whole tape runs early by as much; rows that stand behind later ones are refused',
      agreement: `${recording.findings.second_rows} rows share the second of the row ahead of them`,
    },
    {
      what: 'Up of a row was asked before Down',
      how: 'the two are views of one book at two moments, each replaces the touch of the one before; polls where Up mirrors Down of the poll before, against those where it mirrors Down of its own poll',
      agreement: `${mirrored_before} against ${mirrored} of ${pairs}`,
    },
    {
      what: 'the size of the touch',
      how: 'the recorded liquidity, which sums the sizes of the best five levels: an upper bound; all level rows are marked inferred',
      agreement: 'not checkable: no level has its own size',
    },
    {
      what: 'a token without bid and ask is an unanswered poll',
      how: 'it changes nothing on the tape; of such answers, those where the other token showed a book in the same poll',
      agreement: `${unanswered_alone} of ${unanswered}`,
    },
    {
      what: 'tick size',
      how: '0.01 until a price lies off that grid: then the coarsest of 0.001 and 0.0001 that fits, from that poll on',
      agreement: `finer in ${fine.size} of ${markets.length} windows`,
      ...(fine.size > 0 && { exceptions: [...fine] }),
    },
    ...(fills === 0 ? [] : [fillInference(fills, rounded)]),
  ]
}

function fillInference(fills: number, rounded: number): Inference {
  return {
    what: 'fills of the wallet',
    how: 'every row is a buy, stamped some seconds after the book it matches (4 to 6 s where it was measured): it stands where it is stamped. Prices and sizes finer than 1e-4 and 1e-6 are averages, rounded to the nearest and marked inferred',
    agreement: `${rounded} of ${fills} rounded`,
  }
}
