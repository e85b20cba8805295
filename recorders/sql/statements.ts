/** One statement of a text of several. */
export type Statement = {
  /** Without the semicolon and without the blanks around it. */
  text: string
  /** The line of the whole text that it begins in, from 1. */
  line: number
}

/** What one look at a text found: statements that are whole, and what follows the last semicolon. */
export type Split = { statements: Statement[]; rest: Statement }

/**
 * Cut a text into statements at its semicolons: those in quotes, in names, in dollar quotes and in comments are none.
 * Statements of nothing but comments are left out.
 */
export function splitStatements(sql: string): Split {
  const statements: Statement[] = []
  let begin = 0
  for (let at = 0; at < sql.length; ) {
    if (sql[at] === ';') {
      const one = statementOf(sql, begin, at)
      if (!isBlank(one.text)) statements.push(one)
      begin = ++at
    } else at = skip(sql, at)
  }
  return { statements, rest: statementOf(sql, begin, sql.length) }
}

/** Every statement of a text; the last one may lack its semicolon. */
export function statementsIn(sql: string): Statement[] {
  const { statements, rest } = splitStatements(sql)
  return isBlank(rest.text) ? statements : [...statements, rest]
}

/** Whether a text says nothing: blanks and comments. */
export function isBlank(sql: string): boolean {
  return bareWords(sql).trim() === ''
}

/** The text without what stands in quotes and comments: for looking at its words. */
export function bareWords(sql: string): string {
  let bare = ''
  for (let at = 0; at < sql.length; ) {
    const next = skip(sql, at)
    const comment = sql.startsWith('--', at) || sql.startsWith('/*', at)
    bare += next === at + 1 ? sql[at] : comment ? ' ' : ' ? '
    at = next
  }
  return bare
}

/** The text between two places, and the line it begins in. */
function statementOf(sql: string, from: number, to: number): Statement {
  const raw = sql.slice(from, to)
  const text = raw.trim()
  const start = from + (raw.length - raw.trimStart().length)
  let line = 1
  for (let at = 0; at < start; at++) if (sql[at] === '\n') line++
  return { text, line }
}

/** Where what begins at `at` ends: one character, or a whole quote or comment. */
function skip(sql: string, at: number): number {
  const c = sql[at]!
  if (c === "'")
    return endOfQuote(sql, at, "'", /e/i.test(sql[at - 1] ?? '') && !/\w/.test(sql[at - 2] ?? ''))
  if (c === '"') return endOfQuote(sql, at, '"', false)
  if (c === '-' && sql[at + 1] === '-') return endAfter(sql, '\n', at)
  if (c === '/' && sql[at + 1] === '*') return endOfComment(sql, at)
  if (c === '$' && !/[\w$]/.test(sql[at - 1] ?? '')) {
    const tag = /^\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/.exec(sql.slice(at, at + 100))?.[0]
    if (tag !== undefined) return endAfter(sql, tag, at + tag.length)
  }
  return at + 1
}

/** A quote in a quote is doubled; in texts that begin with E a backslash protects it, too. */
function endOfQuote(sql: string, at: number, quote: string, escapes: boolean): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (escapes && sql[i] === '\\') i++
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1
      i++
    }
  }
  return sql.length
}

/** Comments stand in comments. */
function endOfComment(sql: string, at: number): number {
  let depth = 0
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith('/*', i)) {
      depth++
      i++
    } else if (sql.startsWith('*/', i)) {
      depth--
      i++
      if (depth === 0) return i + 1
    }
  }
  return sql.length
}

function endAfter(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from)
  return at < 0 ? sql.length : at + mark.length
}
