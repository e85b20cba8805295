import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Chain, Mix } from './index.ts'

/** A chain over records, sealed where the list says so. */
function sealed(records: readonly (number | 'seal')[], state = 7): Chain.Chain {
  const chain = Chain.create()
  for (const one of records) {
    if (one !== 'seal') Mix.number(chain.pending, one)
    else {
      const digest = Mix.create()
      Mix.number(digest, state)
      Chain.checkpoint(chain, digest)
    }
  }
  return chain
}

describe('the chain of a run', () => {
  test('starts at zero and counts its checkpoints', () => {
    expect(Chain.hex(Chain.create())).toBe('0'.repeat(64))
    expect(sealed([1, 'seal', 2, 'seal']).index).toBe(2)
  })

  test('links by SHA-256 over link, absorbed and digest, big-endian', () => {
    const chain = sealed([1, 2, 3])
    const digest = Mix.create()
    Mix.word(digest, 99)
    const bytes = Buffer.alloc(72)
    for (const [i, word] of [...chain.pending, ...digest].entries()) bytes.writeInt32BE(word, 32 + 4 * i)
    Chain.checkpoint(chain, digest)
    expect(Chain.hex(chain)).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(chain.pending).toEqual(Mix.create())
  })

  test('depends on every record, their order, where it was sealed, and the state', () => {
    const link = (records: readonly (number | 'seal')[], state?: number) => Chain.hex(sealed(records, state))
    const links = [
      link([1, 2, 'seal']),
      link([2, 1, 'seal']),
      link([1, 2, 'seal'], 8),
      link([1, 'seal', 2, 'seal']),
      link([1, 2, 'seal', 'seal']),
      link(['seal', 1, 2, 'seal']),
      link([1, 2, 3, 'seal']),
    ]
    expect(new Set(links).size).toBe(links.length)
    expect(link([1, 2, 'seal'])).toBe(links[0])
  })

  test('once apart, two chains stay apart', () => {
    const a = sealed([1, 'seal'])
    const b = sealed([2, 'seal'])
    for (let i = 0; i < 5; i++) {
      Chain.checkpoint(a, Mix.create())
      Chain.checkpoint(b, Mix.create())
      expect(Chain.hex(a)).not.toBe(Chain.hex(b))
    }
  })
})
