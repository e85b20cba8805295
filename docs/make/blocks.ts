/** Blocks of a page that are made, in a page that is written: `<!-- made: NAME -->` … `<!-- end of NAME -->`. */

const BLOCK = /<!-- made: ([\w-]+) -->\n[\s\S]*?<!-- end of \1 -->/g

/** What makes the text of a block. */
export type Blocks = Readonly<Record<string, () => string | Promise<string>>>

/** Names of the blocks in a page. */
export function blocksOf(page: string): string[] {
  return [...page.matchAll(BLOCK)].map((found) => found[1]!)
}

/**
 * A page with all its blocks made anew.
 *
 * @throws Error for a block that nobody makes, and for a mark without its other half
 */
export async function fill(page: string, blocks: Blocks, name: string): Promise<string> {
  const texts = new Map<string, string>()
  for (const block of blocksOf(page)) {
    const make = blocks[block]
    if (make === undefined) throw new Error(`${name}: nothing makes the block "${block}"`)
    texts.set(block, await make())
  }
  const filled = page.replace(
    BLOCK,
    (_, block: string) => `<!-- made: ${block} -->\n${texts.get(block)!.trim()}\n<!-- end of ${block} -->`,
  )
  const marks = page.match(/<!-- (made: |end of )/g)?.length ?? 0
  if (marks !== 2 * blocksOf(page).length)
    throw new Error(`${name}: a mark of a made block has no other half`)
  return filled
}
