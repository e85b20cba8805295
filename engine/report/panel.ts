import type { Drawing, Span } from './draw.ts'
import { type Html, html, nothing } from './html.ts'

/** One panel of the report: what it shows, what to know about it, its drawings, and its numbers in words. */
export type Panel = {
  id: string
  title: string
  /** What the list of panels calls it, where its title is a sentence. */
  link?: string
  /** What is drawn, with units, how it was counted and cut. */
  caption: string
  span: Span
  /** The key to the drawing's marks. */
  legend: Html
  drawings: Drawing[]
  /** Tables and sentences below the drawing. */
  body: Html
}

/** A sentence in place of a drawing that has nothing to show. */
export function emptyState(sentence: string): Html {
  return html`<p class="empty">${sentence}</p>`
}

/** A column of a table: its heading, and whether it holds numbers (set right, with tabular figures). */
export type Column = { name: string; numeric: boolean }

/** Columns by name; those that start with `#` hold numbers. */
export function columns(...names: string[]): Column[] {
  return names.map((name) => ({
    name: name.startsWith('#') ? name.slice(1) : name,
    numeric: name.startsWith('#'),
  }))
}

/** A table that scrolls inside its own box where the page is too narrow for it. */
export function table(
  label: string,
  heads: readonly Column[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  const head = heads.map((c) => html`<th scope="col"${numeric(c)}>${c.name}</th>`)
  const body = rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? html`<th scope="row"${numeric(heads[i]!)}>${cell}</th>`
        : html`<td${numeric(heads[i]!)}>${cell}</td>`,
    )
    return html`<tr>${cells}</tr>`
  })
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

/** Something that is there for who wants it. */
export function details(summary: string, content: Html): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`
}

function numeric(column: Column): Html {
  return { html: column.numeric ? ' class="n"' : '' }
}

/** Nothing where there is nothing to say. */
export function nothingIf(empty: boolean, content: () => Html): Html {
  return empty ? nothing : content()
}
