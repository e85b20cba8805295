/**
 * HTML as a value: text put into it is escaped, always. Only {@link Html} made here goes in as it is.
 */

/** Markup that is safe to write into the page. */
export type Html = { readonly html: string }

type Part = Html | string | number | null | readonly (Html | string | number)[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it must stand in HTML, in an attribute or between tags. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ESCAPES[c]!)
}

/** A template whose parts are escaped: ``html`<b>${name}</b>` ``. `null` is nothing; a list is its items in order. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0]!
  for (let i = 0; i < parts.length; i++) text += render(parts[i]!) + strings[i + 1]!
  return { html: text }
}

/** Markup of our own making (a drawing), as it is. Never for text that came from a file. */
export function trusted(markup: string): Html {
  return { html: markup }
}

/** Nothing. */
export const nothing: Html = { html: '' }

/** Data for a script, inside a JSON script element: no character of it can end the element. */
export function embedJson(id: string, value: unknown): Html {
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return { html: `<script type="application/json" id="${escapeText(id)}">${text}</script>` }
}

function render(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string') return escapeText(part)
  if (typeof part === 'number') return escapeText(String(part))
  if ('html' in part) return part.html
  return part.map(render).join('')
}
