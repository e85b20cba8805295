import { capture } from '../../engine/cli/capture.ts'
import { FOLDER } from '../../engine/cli/commands.ts'
import { runCli } from '../../engine/cli/run.ts'
import { fence, head } from './markdown.ts'

/** `reference/cli.md`: the help of every command, as the command prints it. */
export async function cliPage(): Promise<string> {
  const parts = [
    head(
      'Command line',
      `\`npx engine COMMAND\` in a checkout. Results go to stdout, everything else to stderr. With \`--json\` stdout holds exactly
one JSON object, and an error is one JSON object on stderr: \`{code, message, file?, field?, row?, fix}\`. Exit code 0:
done; 1: it ran and failed (data, verification); 2: usage or configuration; 130 and 143: stopped by Ctrl-C or SIGTERM,
with nothing half-written.`,
    ),
    `## engine\n\n${fence('text', await help([]))}\n`,
  ]
  for (const name of FOLDER.names()) {
    const text = await help([name])
    parts.push(`## engine ${name}\n\n${fence('text', text)}\n`)
    for (const inner of subcommands(text)) {
      parts.push(`### engine ${name} ${inner}\n\n${fence('text', await help([name, inner]))}\n`)
    }
  }
  return parts.join('\n')
}

/** The help text of a command; the words after `engine`. */
export async function help(words: readonly string[]): Promise<string> {
  const { io, out } = capture()
  await runCli([...words, '--help'], io)
  return out()
}

/** Names that a help text lists under “Commands”, but `help` itself. */
export function subcommands(text: string): string[] {
  const list = /\nCommands:\n([\s\S]*?)(\n\n|$)/.exec(text)?.[1] ?? ''
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)]
    .map((found) => found[1]!)
    .filter((name) => name !== 'help')
}
