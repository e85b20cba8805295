/** Small pieces of Markdown. */

/** A table; cells are trimmed and their bars escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** A fenced block. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.replace(/\s+$/, '')}\n\`\`\``
}

/** Text as code. */
export function code(text: string): string {
  return `\`${text}\``
}

/** A sentence: the first letter large, a full stop at the end. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(first) ? first : `${first}.`
}

/** The head of a page that is written by the generator alone. */
export function head(title: string, lead: string): string {
  return `# ${title}\n\n<!-- Made by \`npm run docs\` from the code: do not edit. -->\n\n${lead}\n`
}

/** Thousands apart by a no-break space. */
export function whole(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u00a0')
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|').replaceAll('\n', ' ')
}
