/** What a check came to. Counts are of tests, or of the check itself where it is one. */
export type Outcome = {
  name: string
  passed: number
  failed: number
  skipped: number
  seconds: number
  /** What the line of a check that passed says; else the counts. */
  said?: string
  /** Everything that a failed check printed. */
  output?: string
}

/** One line for a person who waits. */
export function lineOf({ name, passed, failed, skipped, seconds, said }: Outcome): string {
  const counts = [
    failed > 0 ? `${failed} failed` : '',
    passed > 0 ? `${passed} passed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ]
  const text = failed === 0 && said !== undefined ? said : counts.filter((part) => part !== '').join(', ')
  return `${name.padEnd(14)}${text.padEnd(46)}${seconds.toFixed(1).padStart(7)} s`
}

/** The last line, which machines read. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0)
  return `${sum((o) => o.passed)} passed, ${sum((o) => o.failed)} failed, ${sum((o) => o.skipped)} skipped`
}

/** How many of the slowest files are told. */
export const SLOWEST = 10

/** A line for each of the slowest files, the slowest first. */
export function slowestOf(files: readonly { file: string; seconds: number }[]): string[] {
  return files
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`)
}
