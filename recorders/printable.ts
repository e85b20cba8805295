/**
 * Text of strangers for people's eyes: what a venue, a file or a library says must neither steer a terminal nor fill it.
 */

/** C0 and C1 controls, and marks that turn the direction of what follows (Unicode TR 36, 3.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** The text in one line, with a blank for every character that steers. */
export function printable(text: string): string {
  return text.replace(STEERING, ' ')
}

/** Colours and weights, as this program writes them: nothing that moves, deletes or names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what this program writes itself
const STYLE = /^\u001b\[[\d;]*m/

/**
 * Lines for a terminal: line ends and tabs stay, and with `styled` the program's own colours; all else that steers becomes a
 * blank. The last door before a screen: single texts of strangers go through {@link printable} where they are put into a line.
 */
export function printableLines(text: string, styled: boolean): string {
  return text.replace(STEERING, (mark, at: number) => {
    if (mark === '\n' || mark === '\t') return mark
    return styled && mark === '\u001b' && STYLE.test(text.slice(at, at + 32)) ? mark : ' '
  })
}

/**
 * The text in one line and of at most `max` characters, the middle left out.
 *
 * @param max at least 3
 */
export function shortened(text: string, max: number): string {
  const line = printable(text)
  if (line.length <= max) return line
  const head = Math.ceil((max - 1) * 0.7)
  return `${line.slice(0, head)}…${line.slice(line.length - (max - 1 - head))}`
}
