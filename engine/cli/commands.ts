import { readdirSync } from 'node:fs'
import type { Command } from 'commander'
import type { Io } from './io.ts'

/** A file of the folder `commands/`: it registers the command of its own name on the program. */
export type CommandModule = { command(program: Command, io: Io): void }

/** Where commands come from. Only the named one is loaded, so that a small command starts fast. */
export type CommandSource = { names(): string[]; load(name: string): Promise<CommandModule> }

/** The folder `commands/`: a file there is a command; nothing else has to be told about it. */
export const FOLDER: CommandSource = {
  names: () =>
    readdirSync(new URL('./commands/', import.meta.url))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => file.slice(0, -3))
      .sort(),
  load: (name) => import(new URL(`./commands/${name}.ts`, import.meta.url).href),
}
