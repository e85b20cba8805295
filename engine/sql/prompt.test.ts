import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Catalog, openCatalog } from '../../recorders/sql/index.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { capture } from '../cli/capture.ts'
import { SHIPPED } from '../runners/backtest-config.ts'
import { completer } from './complete.ts'
import { type PromptOptions, prompt } from './prompt.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await openCatalog([await openDataset(SHIPPED)])
  await catalog.shut()
})
afterAll(() => catalog.close())

const COUNTLESS = 'SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = -1;\n'

/** A prompt with somebody at its keys. */
function session(options: Partial<PromptOptions> = {}) {
  const stdin = new PassThrough()
  const kept = capture({ stdin, width: 200 })
  const done = prompt(catalog, kept.io, {
    format: 'table',
    limit: 100,
    timeout_s: 0,
    history: null,
    ...options,
  })
  /** Resolves once the text has been shown, on stdout or stderr. */
  const shown = async (text: string) => {
    while (!(kept.out() + kept.err()).includes(text)) await new Promise((resolve) => setImmediate(resolve))
  }
  return { type: (keys: string) => stdin.write(keys), end: () => stdin.end(), done, shown, ...kept }
}

describe('the prompt', () => {
  test('takes a statement over several lines until its semicolon, and says rows and time', async () => {
    const { type, done, shown, out, err } = session()
    type('SELECT market\nFROM markets ORDER BY market\n')
    await shown('...> ')
    type('LIMIT 2;\n')
    await shown('2 rows, ')
    type('.quit\n')
    await done
    expect(out()).toContain('btc-updown-5m-1776254400\n')
    expect(err()).toMatch(/^2 rows, \d+ ms\n$/)
  })

  test('tells a mistake and goes on; of several statements in a line each is answered', async () => {
    const { type, done, shown, out, err } = session({ format: 'csv' })
    type("SELECT nothing; SELECT 'still' || ' here' AS a;\n")
    await shown('still here')
    type('.quit\n')
    await done
    expect(err()).toContain('"nothing" was not found')
    expect(out()).toContain('a\r\nstill here\r\n')
  })

  test('has Ctrl-C stop a running query and not itself, and clear what is half typed', async () => {
    const { type, done, shown, out, err } = session()
    type(COUNTLESS)
    // Keys are read while the query runs: until one is shown the query may not have begun, and the stop is for the line.
    await shown('range = -1;')
    await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; !err().includes('stopped'); i++) {
      if (i % 1_000 === 0) type('\u0003')
      await new Promise((resolve) => setImmediate(resolve))
    }
    type('SELECT nonsense\n')
    await shown('...> ')
    type('\u0003')
    type('SELECT 40 + 2 AS answer;\n')
    await shown('    42')
    type('.quit\n')
    await done
    expect(out()).toContain('answer')
    expect(err()).not.toContain('nonsense')
  })

  test('knows its commands, and says so of others', async () => {
    const { type, done, shown, out } = session()
    type('.help\n.views\n.schema bbo\n.schema nope\n.format xml\n.format json\n.nope\n')
    await shown('there is no .nope')
    type('SELECT 1 AS one;\n')
    await shown('{"one":1}')
    type('.quit\n')
    await done
    for (const text of [
      '.schema VIEW',
      'wallet_metrics  ',
      'UTC     when it was received',
      'there is no view nope',
      '.format takes table, csv, json',
    ])
      expect(out()).toContain(text)
  })

  test('ends with its input, and by a stop of the process', async () => {
    const ended = session()
    ended.end()
    await ended.done
    const stopped = session()
    const reason = new Error('SIGTERM')
    stopped.type(COUNTLESS)
    await stopped.shown('range = -1;')
    stopped.stop(reason)
    await expect(stopped.done).rejects.toBe(reason)
  })

  test('keeps its history for the next session', async () => {
    await inFolder(async (folder) => {
      const history = join(folder, 'cache', 'sql-history')
      const first = session({ history })
      first.type('SELECT 1 AS first;\n')
      await first.shown('1 row, ')
      first.type('.quit\n')
      await first.done
      expect(readFileSync(history, 'utf8')).toBe('SELECT 1 AS first;\n.quit\n')
      const second = session({ history })
      await second.shown('sql> ')
      second.type('\u001b[A\u001b[A\n')
      await second.shown('1 row, ')
      second.type('.quit\n')
      await second.done
      expect(second.out()).toContain('SELECT 1 AS first;')
    })
  })
})

describe('the Tab key', () => {
  test('offers views, columns of the view before the dot, words of SQL and commands', () => {
    const complete = completer(catalog.views)
    expect(complete('SELECT * FROM book_')).toEqual([['book_changes'], 'book_'])
    expect(complete('SELECT bbo.bid')).toEqual([['bbo.bid', 'bbo.bid_size'], 'bbo.bid'])
    expect(complete('sel')[0]).toEqual(['SELECT'])
    expect(complete('SELECT up_pa')[0]).toEqual(['up_payout'])
    expect(complete('.sc')).toEqual([['.schema'], '.sc'])
    expect(complete('.schema wal')[0]).toEqual(['wallet_trades', 'wallet_metrics'])
  })
})
