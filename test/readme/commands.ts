/** A command that a page shows in a block marked `sh`, as it is typed. */
export type Command = {
  line: number
  text: string
  /** Why it is not run here; null: it is run. */
  left_out: string | null
  /** It serves the commands after it, until Ctrl-C. */
  stays: boolean
}

/** Commands that cannot be run inside the tests, and why. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/^npm (ci|install)$/, 'it made the installation that the tests run in'],
  [/^npm (test|run test)\b/, 'it is what is running'],
  [/^npm run (?:--silent )?bench\b/, 'it measures for minutes, on a machine of its own'],
  [/^npm run (bless|docs|format)\b/, 'it writes into the repository'],
  [/^(git clone|cd) /, 'the repository is here already'],
]
const RUN = /^(npx engine|npm start|npm run) ?/
const STAYS = /^npx engine sandbox\b/

/**
 * The commands of a Markdown page, in order: one for each line of a block marked `sh`, parts joined by `&&` apart, lines
 * that end with a backslash joined, comments left out.
 *
 * @throws Error for a command that is neither run nor known to be left out: what a page shows must be proven
 */
export function commandsOf(page: string): Command[] {
  const commands: Command[] = []
  let block = false
  let text = ''
  page.split('\n').forEach((line, i) => {
    if (/^\s*```/.test(line)) {
      block = !block && /^\s*```sh\s*$/.test(line)
      return
    }
    if (!block) return
    text += line.replace(/\\$/, '').replace(/(^|\s)#.*$/, '')
    if (line.endsWith('\\')) {
      text += ' '
      return
    }
    for (const part of text.split('&&')) {
      const typed = part.trim().replace(/\s+/g, ' ')
      if (typed === '') continue
      const left_out = reasonFor(typed, i + 1)
      commands.push({ line: i + 1, text: typed, left_out, stays: STAYS.test(typed) })
    }
    text = ''
  })
  return commands
}

function reasonFor(text: string, line: number): string | null {
  const found = LEFT_OUT.find(([pattern]) => pattern.test(text))
  if (found !== undefined) return found[1]
  if (RUN.test(text)) return null
  throw new Error(
    `line ${line}: it is not known how to prove "${text}": begin it with npx engine, npm start or npm run, or mark the block otherwise`,
  )
}
