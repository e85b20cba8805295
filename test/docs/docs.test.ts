import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Columns, slice } from '../../core/events/index.ts'
import { strategy as pairBidder } from '../../docs/examples/pair-bidder.ts'
import { blocksOf, fill } from '../../docs/make/blocks.ts'
import { help } from '../../docs/make/cli.ts'
import { makePages, pageNames, ROOT, readPage } from '../../docs/make/pages.ts'
import { resultSentence, runShipped, type ShippedRun } from '../../docs/make/shipped.ts'
import { FOLDER } from '../../engine/cli/commands.ts'
import { backtestConfig, SHIPPED } from '../../engine/runners/backtest-config.ts'
import { execute } from '../../engine/runners/execute.ts'
import { figuresOf } from '../../engine/runners/summary.ts'
import { openTape } from '../../engine/runners/tape.ts'
import manifest from '../../package.json' with { type: 'json' }
import { openCatalog } from '../../recorders/sql/index.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { faultOf } from './commands.ts'
import { FACTS } from './facts.ts'
import { anchorsOf, fencesOf, linksOf } from './markdown.ts'

const pages = pageNames()
/** The page whose SQL asks views; that of others asks files. */
const VIEWS_PAGE = 'docs/sql.md'
/** Settings of the example strategy, which the registry does not know. */
const OWN = Object.keys(pairBidder.settings).map((key) => `strategy.${key}`)

let run: ShippedRun
beforeAll(async () => {
  run = await runShipped()
})
afterAll(() => run?.remove())

describe('what is made', () => {
  test('is up to date with the code, the data and a run on the shipped dataset', async () => {
    const outdated: string[] = []
    for (const [name, text] of await makePages(run)) {
      if (!pages.includes(name) || readPage(name) !== text) outdated.push(name)
    }
    expect(outdated, 'out of date; to write them again: npm run docs').toEqual([])
  })

  test('the picture shows the run that the text speaks of', () => {
    const shown = readFileSync(join(ROOT, 'docs/images/report.txt'), 'utf8').trim()
    expect(shown, 'to take the picture again: node docs/screenshot.ts').toBe(resultSentence(run))
  })

  test('a block that nobody makes, or without an end, is refused', async () => {
    const page = 'a\n<!-- made: x -->\nold\n<!-- end of x -->\nb'
    expect(blocksOf(page)).toEqual(['x'])
    expect(await fill(page, { x: () => 'new\n' }, 'p')).toBe('a\n<!-- made: x -->\nnew\n<!-- end of x -->\nb')
    await expect(fill(page, {}, 'p')).rejects.toThrow('nothing makes the block "x"')
    await expect(fill('<!-- made: x -->\n', {}, 'p')).rejects.toThrow('no other half')
  })
})

describe('what is said in passing', () => {
  test.each(FACTS)('$page: $says', ({ page, says }) => {
    expect(readPage(page).replace(/\s+/g, ' ')).toContain(says)
  })
})

describe('links', () => {
  test('between pages lead to a file and to a heading in it', () => {
    const broken = pages.flatMap((page) =>
      linksOf(readPage(page))
        .filter(({ target }) => !/^[a-z]+:/.test(target))
        .filter(({ target }) => !leads(page, target))
        .map(({ target, line }) => `${page}:${line} ${target}`),
    )
    expect(broken).toEqual([])
  })

  test('from comments in the code to a section of the documentation lead there', () => {
    const named = globSync('{core,recorders,live-bridge,engine}/**/*.ts', { cwd: ROOT }).flatMap((file) =>
      [
        ...readFileSync(join(ROOT, file), 'utf8').matchAll(
          /\b((?:reference\/)?[a-z-]+)\.md`?((?:,? §[\d.]*\d)*)/g,
        ),
      ].map((found) => ({ file, page: `docs/${found[1]}.md`, sections: found[2]!.match(/[\d.]*\d/g) ?? [] })),
    )
    expect(named.length).toBeGreaterThan(20)
    const lost = named.filter(
      ({ page, sections }) =>
        !pages.includes(page) || !sections.every((n) => readPage(page).match(heading(n)) !== null),
    )
    expect(lost.map(({ file, page, sections }) => `${file}: ${page} ${sections.join(', ')}`)).toEqual([])
  })

  test('a link that leads nowhere is found', () => {
    expect(leads('README.md', 'docs/nothing.md')).toBe(false)
    expect(leads('README.md', 'docs/fills.md#nothing')).toBe(false)
    expect(leads('README.md', 'docs/fills.md#known-lies')).toBe(true)
    expect(leads('docs/fills.md', '../LICENSE')).toBe(true)
  })
})

/** A heading with this number: a section, or a point of one. */
function heading(number: string): RegExp {
  const [section, point] = number.split('.')
  const own = new RegExp(`^#+ ${number.replaceAll('.', '\\.')}[. ]`, 'm')
  return point === undefined ? own : new RegExp(`${own.source}|^## ${section}\\. [^#]*?^${point}\\. `, 'm')
}

function leads(page: string, target: string): boolean {
  const [path, anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path!)).replaceAll('\\', '/')
  if (!existsSync(join(ROOT, file))) return false
  return anchor === undefined || anchorsOf(readFileSync(join(ROOT, file), 'utf8')).includes(anchor)
}

describe('commands', () => {
  test('in pages name scripts, commands, options and settings that exist', async () => {
    const faults: string[] = []
    for (const page of pages) {
      for (const { text, line } of fencesOf(readPage(page)).filter(({ language }) => language === 'sh')) {
        for (const words of text.replaceAll('\\\n', ' ').split('\n')) {
          const fault = await faultOf(words, OWN)
          if (fault !== null) faults.push(`${page}:${line} ${words}: ${fault}`)
        }
      }
    }
    expect(faults).toEqual([])
  })

  test('in help texts do, too', async () => {
    const faults: string[] = []
    for (const name of [null, ...FOLDER.names()]) {
      const text = await help(name === null ? [] : [name])
      for (const [, words] of text.matchAll(/^ {2}\$ (.*?)(?: {3,}.*)?$/gm)) {
        const fault = await faultOf(words!, OWN)
        if (fault !== null) faults.push(`${words}: ${fault}`)
      }
    }
    expect(faults).toEqual([])
  })

  test.each([
    ['npx engine backtset', 'no command backtset'],
    ['npx engine backtest --fil bbo', 'no option --fil'],
    ['npx engine backtest --param risk.per_trad=1', 'no setting risk.per_trad'],
    ['npm run bech', 'no script bech'],
    ['npm run --silent oracle -- --sed 7', 'no option --sed'],
    ['npm ci && npm strat', 'no command strat'],
  ])('%s is found to be wrong', async (line, fault) => {
    expect(await faultOf(line)).toContain(fault)
  })

  test('that are right are not', async () => {
    expect(await faultOf('npx engine backtest --fill bbo --param risk.per_trade=1 # a comment')).toBeNull()
    expect(await faultOf('npx engine rules --market btc-updown-5m-1776240000 --json | jq .fee')).toBeNull()
  })
})

describe('examples', () => {
  test('every SQL block of the pages runs and finds rows', async () => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const blocks = pages
      .filter((page) => page !== VIEWS_PAGE)
      .flatMap((page) => fencesOf(readPage(page)).filter(({ language }) => language === 'sql'))
    expect(blocks.length).toBeGreaterThan(0)
    expect(await rowsOfQueries(), 'of docs/sql.md').not.toContain(0)
    for (const { text } of blocks) {
      const here = text.replaceAll('runs/market-maker', run.dir).replaceAll("'datasets/", `'${ROOT}datasets/`)
      const result = await connection.runAndReadAll(here)
      expect(result.currentRowCount, text).toBeGreaterThan(0)
    }
    connection.closeSync()
    instance.closeSync()
  })

  test('the example strategy trades on the shipped dataset, within its limits and to the last unit', async () => {
    const tape = await openTape([SHIPPED])
    const config = backtestConfig(pairBidder as never, tape, { cwd: null, env: {}, params: [] })
    const input = { tape, strategy: pairBidder as never, config, seed: 1 }
    const figures = figuresOf(await execute(input))
    expect(figures.fills).toBeGreaterThan(100)
    expect(figures.ledger_residual_micro).toBe(0)
    // In other chunks it comes to the same hash: its state is all there is to it.
    const again = { ...input, tape: { ...tape, read: () => halved(tape.read()) } }
    expect(figuresOf(await execute(again)).state_hash).toBe(figures.state_hash)
  })
})

/** Rows of each SQL block of the page whose blocks ask views. */
async function rowsOfQueries(): Promise<number[]> {
  const catalog = await openCatalog([await openDataset(SHIPPED)])
  const counts: number[] = []
  for (const { language, text } of fencesOf(readPage(VIEWS_PAGE))) {
    if (language === 'sql') counts.push((await catalog.query(text)).length)
  }
  catalog.close()
  expect(counts.length).toBe(10)
  return counts
}

async function* halved(chunks: AsyncIterable<Columns>): AsyncGenerator<Columns> {
  for await (const columns of chunks) {
    const middle = columns.length >> 1
    yield slice(columns, 0, middle)
    yield slice(columns, middle, columns.length)
  }
}

describe('pages', () => {
  test('every page of docs is in its index', () => {
    const index = linksOf(readPage('docs/README.md')).map(({ target }) => normalize(join('docs', target)))
    const own = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    expect(own.filter((page) => !index.includes(page))).toEqual([])
  })

  test('every dependency has its line, and every line its dependency', () => {
    const listed = [...readPage('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(
      (found) => found[1],
    )
    const used = Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
    })
    expect(listed.sort()).toEqual(used.sort())
  })

  test('every command is in the changelog', () => {
    const page = readPage('CHANGELOG.md')
    expect(FOLDER.names().filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  test('what the README says is not in this version is not there', () => {
    const page = readPage('README.md')
    const absent = { Record: 'record', Query: 'sql', Live: 'live' }
    for (const [title, command] of Object.entries(absent)) {
      const paragraph = new RegExp(`\\*\\*${title}\\.\\*\\*[\\s\\S]*?\\n\\n`).exec(page)![0]
      const said = paragraph.toLowerCase().replace(/\s+/g, ' ').includes('not in this version')
      expect(said, `${title} in README.md`).toBe(!FOLDER.names().includes(command))
    }
  })

  test('every folder of the product stands in the architecture', () => {
    const page = readPage('docs/architecture.md')
    const folders = globSync('{core,recorders,live-bridge,engine}/*/', { cwd: ROOT }).map((path) =>
      path.replaceAll('\\', '/').replace(/\/$/, ''),
    )
    expect(folders.length).toBeGreaterThan(20)
    expect(
      folders.filter((folder) => !page.includes(`\`${folder}\``)),
      'without a line in docs/architecture.md',
    ).toEqual([])
  })
})
