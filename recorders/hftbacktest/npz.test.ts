import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { createEvent, EVENT_BYTES, EVENT_DESCR, readEvent, readEvents, writeEvent } from './event.ts'
import { npyHeader, readNpyHeader } from './npy.ts'
import { openNpz, writeNpz } from './npz.ts'

const ascii = (text: string) => new TextEncoder().encode(text)

/** A header as another program may write it. */
function header(dict: string, version = 1): Uint8Array {
  const prefix = version === 1 ? [dict.length & 0xff, dict.length >> 8] : [dict.length, 0, 0, 0]
  return new Uint8Array([0x93, ...ascii('NUMPY'), version, 0, ...prefix, ...ascii(dict)])
}

test('a header is read back, and the array behind it begins at 64 bytes', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(EVENT_DESCR, "'|u1'"), (rows, descr) => {
      const bytes = npyHeader(descr, rows)
      expect(bytes.length % 64).toBe(0)
      expect(readNpyHeader(bytes, 'f')).toEqual({ descr, rows, bytes: bytes.length })
      expect(readNpyHeader(bytes.subarray(0, bytes.length - 1), 'f')).toBeUndefined()
    }),
  )
})

test('headers of other versions and orders of keys are read; what is none is refused', () => {
  const dict = "{'shape': (3 ,), 'fortran_order': False, 'descr': '<f8'}"
  for (const version of [1, 2, 3])
    expect(readNpyHeader(header(dict, version), 'f')).toMatchObject({ rows: 3, descr: "'<f8'" })
  for (const bytes of [
    ascii('PK and more than enough'),
    header(dict, 4),
    header("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 6), }"),
    header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }"),
  ])
    expect(() => readNpyHeader(bytes, 'a.npz')).toThrow('a.npz')
})

test('an event is read back to the last bit', () => {
  const bits = fc.record({
    ev: fc.nat({ max: 2 ** 32 - 1 }),
    exch_ns: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    local_ns: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    px: fc.double(),
    qty: fc.double(),
    ival: fc.maxSafeInteger(),
  })
  fc.assert(
    fc.property(bits, (event) => {
      const view = new DataView(new ArrayBuffer(2 * EVENT_BYTES))
      writeEvent(view, EVENT_BYTES, event)
      expect(readEvent(view, EVENT_BYTES, createEvent())).toEqual(event)
    }),
  )
})

test('events come in pieces of any length; one too few or too many is told', async () => {
  const bytes = new Uint8Array(5 * EVENT_BYTES).map((_, i) => i % 251)
  const rows = (cuts: readonly number[]) => {
    const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]
    return places.slice(1).map((to, i) => bytes.slice(places[i]!, to))
  }
  const collected = async (pieces: readonly Uint8Array[], events: number) => {
    const found: number[] = []
    async function* each() {
      yield* pieces
    }
    for await (const { view } of readEvents(each(), { descr: EVENT_DESCR, rows: events, bytes: 0 }, 'f')) {
      for (let i = 0; i < view.byteLength; i++) found.push(view.getUint8(i))
    }
    return found
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 6 }), async (cuts) => {
      expect(await collected(rows(cuts), 5)).toEqual([...bytes])
    }),
  )
  await expect(collected([bytes], 6)).rejects.toMatchObject({ code: 'import.npy', row: 5 })
  await expect(collected([bytes.subarray(1)], 5)).rejects.toMatchObject({ code: 'import.npy', row: 4 })
})

test('arrays of an archive are read back by name; the same content is the same file', async () => {
  await inFolder(async (folder) => {
    const arrays = { data: [ascii('one'), ascii('two')], more: [new Uint8Array(300_000)] }
    const [a, b] = [join(folder, 'a.npz'), join(folder, 'b.npz')]
    await writeNpz(a, arrays)
    await writeNpz(b, arrays)
    expect((await readFile(a)).equals(await readFile(b))).toBe(true)
    const read = async (name: string) => {
      const pieces: Uint8Array[] = []
      for await (const piece of (await openNpz(a, name))!) pieces.push(piece)
      return Buffer.concat(pieces)
    }
    expect((await read('data')).toString()).toBe('onetwo')
    expect((await read('more')).length).toBe(300_000)
    expect(await openNpz(a, 'nothing')).toBeUndefined()
  })
})

test('a file that is no archive, is cut off, or whose data was changed is refused', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.npz')
    await writeNpz(file, { data: [new Uint8Array(50_000).map((_, i) => (i * i) % 251)] })
    const whole = await readFile(file)
    const read = async () => {
      for await (const _ of (await openNpz(file, 'data'))!);
    }
    await read()
    const changed = Buffer.from(whole)
    changed[200]! ^= 1
    for (const bytes of [ascii('no archive'), whole.subarray(0, whole.length - 30), changed]) {
      await writeFile(file, bytes)
      await expect(read()).rejects.toMatchObject({ code: 'import.file', file })
    }
    await expect(openNpz(join(folder, 'none'), 'data')).rejects.toMatchObject({ code: 'import.file' })
  })
})
