/** What is wrong with a Node, as an error of the command line. */
export type Fault = { code: string; message: string; fix: string; file: string }
export const VERSION: string
export const KNOWN: { package: string | null; sha256: string } | null
export const ORIGIN: string
export function pinnedNode(root?: string): string | null
export function isInstalled(file: string, root?: string): boolean
export function faultOf(file: string, cache?: string | null): Fault | null
