import { DATASET_VIEWS, DERIVED_RUN_VIEWS, RUN_VIEWS, type View } from '../../recorders/sql/index.ts'
import { code, head, sentence, table } from './markdown.ts'

/** `reference/views.md`: the SQL views over datasets and runs. */
export function viewsPage(): string {
  return [
    head(
      'SQL views',
      `What [\`engine sql\`](../sql.md) and \`sql\` of a [notebook](../notebooks.md) ask: views in the units of people, over the rows of a tape and the tables of
a run. Prices are USDC, sizes shares, times UTC, codes words; what is unknown is NULL. \`SELECT * FROM views\` lists them
with their columns. The files themselves, in the units of the core, are in [events](events.md) and
[tables of a run](tables.md).`,
    ),
    `## Of a dataset\n`,
    ...DATASET_VIEWS.map(section),
    `## Of a run\n`,
    ...[...RUN_VIEWS, ...DERIVED_RUN_VIEWS].map(section),
  ].join('\n')
}

function section({ name, doc, columns }: View): string {
  const rows = columns.map((column) => [code(column.name), column.type, column.unit, column.doc])
  return `### ${name}\n\n${sentence(doc)}\n\n${table(['column', 'type', 'unit', 'meaning'], rows)}\n`
}
