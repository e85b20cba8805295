import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Measured } from '../../bench/side-by-side/measured.ts'
import * as Tables from '../../bench/side-by-side/table.ts'
import { table } from './markdown.ts'

/** Blocks of the page that shows the figures of `npm run side-by-side -- --keep`. */

const MEASURED = join(import.meta.dirname, '../../bench/side-by-side/measured.json')

const measured = () => JSON.parse(readFileSync(MEASURED, 'utf8')) as Measured
const markdown = ({ head, rows }: Tables.Text) => table(head, rows)

/** A point a side: how many times as long as Lockstep it takes. */
export function summary(): string {
  return Tables.summary(measured().matches)
    .map((line) => `- ${line}`)
    .join('\n')
}

/** Machine, day, load, conversion. */
export function circumstances(): string {
  return Tables.circumstances(measured()).join('\n')
}

/** A table of speeds for each number of events. */
export function speeds(): string {
  return Tables.byEvents(measured().matches)
    .map((matches) => `${matches[0]!.events / 1e6} million events:\n\n${markdown(Tables.speeds(matches))}`)
    .join('\n\n')
}

/** What each side came to. */
export function outcomes(): string {
  return Tables.byEvents(measured().matches)
    .map((matches) => `${matches[0]!.events / 1e6} million events:\n\n${markdown(Tables.outcomes(matches))}`)
    .join('\n\n')
}

/** What is not in the times. */
export function preparations(): string {
  return markdown(Tables.preparations(measured()))
}
