import { COUNT } from '../limits.ts'
import { SqlError } from './sql-error.ts'

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
  let line = 1
  for (let at = 0; at < sql.length; ) {
    if (sql[at] === ';') {
      const one = statementOf(sql, begin, at, line)
      if (!isBlank(one.text)) statements.push(one)
      if (statements.length > COUNT.statements) throw tooMany()
      line += linesIn(sql, begin, at)
      begin = ++at
    } else at = skip(sql, at)
  }
  return { statements, rest: statementOf(sql, begin, sql.length, line) }
}

/** Every statement of a text; the last one may lack its semicolon. */
export function statementsIn(sql: string): Statement[] {
  const { statements, rest } = splitStatements(sql)
  return isBlank(rest.text) ? statements : [...statements, rest]
}

/** Whether a text says nothing: blanks and comments. */
export function isBlank(sql: string): boolean {
  return blankAfter(sql, 0) === sql.length
}

/** Where the blanks and comments end that begin at `at`. */
export function blankAfter(sql: string, at: number): number {
  let end = at
  while (end < sql.length && (/\s/.test(sql[end]!) || isComment(sql, end))) end = skip(sql, end)
  return end
}

/** How deep comments stand in comments, at the deepest place of a text. */
export function commentDepth(sql: string): number {
  let deepest = 0
  for (let at = 0; at < sql.length; at = skip(sql, at)) {
    if (!sql.startsWith('/*', at)) continue
    let depth = 0
    const end = skip(sql, at)
    for (let i = at; i < end - 1; i++) {
      if (sql.startsWith('/*', i)) deepest = Math.max(deepest, ++depth)
      else if (sql.startsWith('*/', i)) depth--
      else continue
      i++
    }
  }
  return deepest
}

function isComment(sql: string, at: number): boolean {
  return sql.startsWith('--', at) || sql.startsWith('/*', at)
}

/** The text between two places, and the line it begins in; `line` is that of `from`. */
function statementOf(sql: string, from: number, to: number, line: number): Statement {
  const raw = sql.slice(from, to)
  const start = from + (raw.length - raw.trimStart().length)
  return { text: raw.trim(), line: line + linesIn(sql, from, start) }
}

function linesIn(sql: string, from: number, to: number): number {
  let lines = 0
  for (let at = from; at < to; at++) if (sql[at] === '\n') lines++
  return lines
}

function tooMany(): SqlError {
  return new SqlError(
    'sql.long',
    `more than ${COUNT.statements} statements in one text are refused`,
    'run them in several texts, or insert many rows by one statement',
  )
}

/** Where what begins at `at` ends: one character, or a whole quote or comment. */
function skip(sql: string, at: number): number {
  const c = sql[at]!
  if (c === "'")
    return endOfQuote(sql, at, "'", /e/i.test(sql[at - 1] ?? '') && !/\w/.test(sql[at - 2] ?? ''))
  if (c === '"') return endOfQuote(sql, at, '"', false)
  if (c === '-' && sql[at + 1] === '-') return endOfLine(sql, at)
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

/** For DuckDB a comment ends at a carriage return, too. */
function endOfLine(sql: string, at: number): number {
  let end = at
  while (end < sql.length && sql[end] !== '\n' && sql[end] !== '\r') end++
  return Math.min(end + 1, sql.length)
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
