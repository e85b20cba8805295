import { readMeasured } from '../../bench/recorder/soak/measured.ts'
import * as Tables from '../../bench/recorder/soak/table.ts'
import { table } from './markdown.ts'

/** Blocks of the page that shows the figures of `npm run soak -- --keep`. */

const NOTHING = 'Not measured.'
const markdown = ({ head, rows }: Tables.Text) => table(head, rows)

/** Machine, day, load. */
export function circumstances(): string {
  return Tables.circumstances(readMeasured())
}

/** What kills cost. */
export function kills(): string {
  const { kills: found } = readMeasured()
  return found === null ? NOTHING : markdown(Tables.kills(found))
}

/** What each misbehaviour of the venue came to. */
export function faults(): string {
  const { faults: found } = readMeasured()
  return found === null ? NOTHING : markdown(Tables.faults(found))
}

/** What a disk that fails came to. */
export function disks(): string {
  const { disk } = readMeasured()
  return disk === null ? NOTHING : markdown(Tables.disks(disk))
}

/** What a cut of the network came to. */
export function cuts(): string {
  const { cut } = readMeasured()
  return cut === null ? NOTHING : markdown(Tables.faults(cut))
}
