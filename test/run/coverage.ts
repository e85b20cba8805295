import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Outcome } from './outcome.ts'

/** Least share of lines that tests must run, in per cent, by folder; `.` is everything. */
export const LEAST: readonly (readonly [string, number])[] = [
  ['core', 90],
  ['.', 80],
]

/** Lines by file, as the test runner writes them to `coverage-summary.json`. */
export type Summary = Readonly<Record<string, { lines: { total: number; covered: number } }>>

/** Share of lines run below a folder, in per cent. */
export function shareOf(summary: Summary, root: string, folder: string): number {
  let total = 0
  let covered = 0
  for (const [file, { lines }] of Object.entries(summary)) {
    if (file === 'total') continue
    const path = relative(root, file).split(sep).join('/')
    if (folder !== '.' && !path.startsWith(`${folder}/`)) continue
    total += lines.total
    covered += lines.covered
  }
  return total === 0 ? 0 : (100 * covered) / total
}

/** Hold the figures to what is asked; where they are below it, the files that are furthest below are named. */
export function checkCoverage(directory: string, root: string): Outcome {
  const file = join(directory, 'coverage-summary.json')
  let summary: Summary
  try {
    summary = JSON.parse(readFileSync(file, 'utf8')) as Summary
  } catch (thrown) {
    const output = `${file} cannot be read: ${(thrown as Error).message}\n`
    return { name: 'coverage', passed: 0, failed: 1, skipped: 0, seconds: 0, output }
  }
  const shares = LEAST.map(([folder, least]) => ({ folder, least, share: shareOf(summary, root, folder) }))
  const short = shares.filter(({ share, least }) => share < least)
  return {
    name: 'coverage',
    passed: shares.length - short.length,
    failed: short.length,
    skipped: 0,
    seconds: 0,
    said: shares.map(({ folder, share }) => `${nameOf(folder)} ${share.toFixed(1)} %`).join(', '),
    output: short
      .map(
        ({ folder, share, least }) =>
          `Lines run in ${nameOf(folder)}: ${share.toFixed(2)} %, at least ${least} % are asked for. Most are missing in:\n${worst(summary, root, folder)}`,
      )
      .join(''),
  }
}

function worst(summary: Summary, root: string, folder: string): string {
  return Object.entries(summary)
    .filter(([file]) => file !== 'total')
    .map(([file, { lines }]) => ({
      path: relative(root, file).split(sep).join('/'),
      missing: lines.total - lines.covered,
      total: lines.total,
    }))
    .filter(({ path }) => folder === '.' || path.startsWith(`${folder}/`))
    .sort((a, b) => b.missing - a.missing || (a.path < b.path ? -1 : 1))
    .slice(0, 10)
    .map(({ path, missing, total }) => `  ${path}: ${missing} of ${total} lines\n`)
    .join('')
}

const nameOf = (folder: string) => (folder === '.' ? 'all' : folder)
