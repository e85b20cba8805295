import { MARKOUT_S } from '../../core/machine/timers.ts'
import { Gate } from '../../core/risk/index.ts'
import { TABLE } from '../../core/rules/index.ts'
import * as panels from '../../engine/report/panels/index.ts'
import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import manifest from '../../package.json' with { type: 'json' }
import { ROW_BYTES } from '../../recorders/tape/content-hash.ts'
import { openDataset } from '../../recorders/tape/index.ts'

const NUMBERS: Readonly<Record<number, string>> = {
  3: 'three',
  13: 'thirteen',
  14: 'fourteen',
  15: 'fifteen',
}

/** Figures that a page states in a sentence: each as the code or the data have it. */
export type Fact = { page: string; says: string }

const shipped = (await openDataset(SHIPPED)).manifest
const hold = TABLE.taker_hold_ms.find(
  ({ from_us, until_us }) => from_us <= shipped.time_range.from_us && shipped.time_range.to_us < until_us,
)
const hours = NUMBERS[Math.floor((shipped.time_range.to_us - shipped.time_range.from_us) / 3.6e9)]

export const FACTS: readonly Fact[] = [
  { page: 'docs/tape.md', says: `${ROW_BYTES} bytes each` },
  { page: 'docs/fills.md', says: `On the shipped dataset, of April 2026, the hold was ${hold?.value} ms` },
  {
    page: 'docs/timeline.md',
    says: `| markout | ${MARKOUT_S.slice(0, -1).join(', ')} and ${MARKOUT_S.at(-1)} s after a fill |`,
  },
  {
    page: 'docs/reference/reason-codes.md',
    says: `Codes 1 to ${Gate.BALANCE} are the gates of the risk layer`,
  },
  {
    page: 'README.md',
    says: `${hours} hours of real order books of BTC ${shipped.series[0]} windows`.replace('5m', '5-minute'),
  },
  { page: 'CHANGELOG.md', says: `one HTML file in ${NUMBERS[Object.keys(panels).length]} panels` },
  { page: 'docs/datasets.md', says: shipped.attribution.split(' is licensed')[0]! },
  { page: 'README.md', says: `Node from ${manifest.engines.node.replace('>=', '')} on` },
]
