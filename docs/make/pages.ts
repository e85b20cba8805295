import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Blocks, fill } from './blocks.ts'
import { cliPage } from './cli.ts'
import { configurationPage } from './configuration.ts'
import { eventsPage } from './events.ts'
import * as Feeds from './feeds.ts'
import { importerKinds, importerTraps } from './importers.ts'
import { fence } from './markdown.ts'
import { workedQueries } from './queries.ts'
import { reasonCodesPage } from './reason-codes.ts'
import * as Soak from './recording-faults.ts'
import * as Rules from './rules.ts'
import * as Shipped from './shipped.ts'
import * as SideBySide from './side-by-side.ts'
import { tablesPage } from './tables.ts'
import { viewsPage } from './views.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Every Markdown page of the project, by path from its root. */
export function pageNames(): string[] {
  return globSync('{*.md,docs/*.md,docs/reference/*.md,datasets/*.md}', { cwd: ROOT })
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
}

/** The text of a page. */
export function readPage(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}

/**
 * What `npm run docs` makes: pages of the reference whole, and the made blocks of all others.
 *
 * @param run the run of the shipped dataset that the pages speak of
 * @returns texts by path from the root
 */
export async function makePages(run: Shipped.ShippedRun): Promise<Map<string, string>> {
  const pages = new Map<string, string>([
    ['docs/reference/cli.md', await cliPage()],
    ['docs/reference/configuration.md', configurationPage()],
    ['docs/reference/events.md', eventsPage()],
    ['docs/reference/reason-codes.md', reasonCodesPage()],
    ['docs/reference/tables.md', tablesPage()],
    ['docs/reference/views.md', viewsPage()],
  ])
  const blocks = blocksFor(run)
  for (const name of pageNames()) {
    if (!pages.has(name)) pages.set(name, await fill(readPage(name), blocks, name))
  }
  return pages
}

function blocksFor(run: Shipped.ShippedRun): Blocks {
  return {
    summary: () => Shipped.summaryBlock(run),
    result: () => Shipped.resultSentence(run),
    explain: () => Shipped.outputOf(run, ['explain', 'runs/market-maker', '--at', '2026-04-15T12:31:00Z']),
    audit: () => Shipped.auditBlock(run),
    'dataset-facts': () => Shipped.datasetFacts(),
    'dataset-inferred': () => Shipped.datasetInferred(),
    'dataset-profile': () => Shipped.datasetProfile(),
    'feed-list': Feeds.feedList,
    'feed-details': Feeds.feedDetails,
    'side-tables': Feeds.sideTables,
    'importer-kinds': importerKinds,
    'importer-traps': importerTraps,
    'fee-records': Rules.feeRecords,
    'charged-records': Rules.chargedRecords,
    'rebate-records': Rules.rebateRecords,
    'hold-records': Rules.holdRecords,
    'settlement-records': Rules.settlementRecords,
    'side-by-side-summary': SideBySide.summary,
    'side-by-side-circumstances': SideBySide.circumstances,
    'side-by-side-speeds': SideBySide.speeds,
    'side-by-side-outcomes': SideBySide.outcomes,
    'side-by-side-preparations': SideBySide.preparations,
    'soak-circumstances': Soak.circumstances,
    'soak-kills': Soak.kills,
    'soak-faults': Soak.faults,
    'soak-disks': Soak.disks,
    'soak-cuts': Soak.cuts,
    'default-rules': Rules.defaultRules,
    'older-formulas': Rules.olderFormulas,
    'worked-queries': workedQueries,
    'example-strategy': () => fence('ts', readPage('docs/examples/pair-bidder.ts')),
    'example-hash': () => fence('python', readPage('docs/examples/dataset_hash.py')),
  }
}
