/** What the tests of the documentation read out of a Markdown page. */

/** A fenced block: its language, its text, the line on which it begins. */
export type Fence = { language: string; text: string; line: number }
/** A link: what it points at, and its line. */
export type Link = { target: string; line: number }

/** The fenced blocks of a page. */
export function fencesOf(page: string): Fence[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((found) => ({
    language: found[1]!,
    text: found[2]!,
    line: lineOf(page, found.index),
  }))
}

/** Links and pictures outside of fences and code: `[text](target)`, `src="target"`, `srcset="target"`. */
export function linksOf(page: string): Link[] {
  const prose = blank(blank(page, /^```[\s\S]*?^```$/gm), /`[^`\n]*`/g)
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)].map((found) => ({
    target: found[1] ?? found[2]!,
    line: lineOf(page, found.index),
  }))
}

/** Anchors of a page’s headings, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  return [...blank(page, /^```[\s\S]*?^```$/gm).matchAll(/^#+ (.+)$/gm)].map((found) =>
    found[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The same length and lines, without what matches. */
function blank(text: string, pattern: RegExp): string {
  return text.replace(pattern, (found) => found.replace(/[^\n]/g, ' '))
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
