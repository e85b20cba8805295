import { isVenueText, rejectText } from '../../core/exchange/reject-text.ts'
import { Gate, Reasons, RejectCode } from '../../core/risk/index.ts'
import { code, fence, head, table } from './markdown.ts'

/** `reference/reason-codes.md`: why a decision, an order or a cancel was stopped. */
export function reasonCodesPage(): string {
  return [
    head(
      'Reason codes',
      `Every refusal has a number and a name. Numbers go into tables and hashes and are never used again; names are what
\`engine explain\`, the report and \`journal.csv\` show.`,
    ),
    `## Gates

What stopped a decision or an intent: column \`gate\` of \`decisions\`, \`intents\` and \`risk_events\`. Codes 1 to 12 are the
gates of the risk layer in the order of passing; an intent is refused by the first that it does not pass. Codes from 20
on are reasons to stand aside before any gate.

${table(
  ['code', 'name', 'meaning'],
  Object.values(Gate).map((number) => {
    const { name, sentence } = Reasons.ofGate(number)
    return [String(number), code(name), sentence]
  }),
)}
`,
    `## Refusals of the venue

Column \`reason\` of \`orders\`. The simulated exchange answers in the venue’s words where those are known; \`…\` stands for the
order’s id, \`{names}\` for its numbers.

${table(
  ['code', 'name', 'meaning', 'text'],
  Object.values(RejectCode).map((number) => {
    const { name, sentence } = Reasons.ofRejection(number)
    const text = rejectText(number)
    return [
      String(number),
      code(name),
      sentence,
      text === '' ? '' : `${code(text)}${isVenueText(number) ? '' : ' (ours)'}`,
    ]
  }),
)}
`,
    `## In words

${fence('sh', 'npx engine explain runs/market-maker --decision 1000')}

says for one decision what it saw, what it wanted, what it sent, and the gate that stopped it.
`,
  ].join('\n')
}
