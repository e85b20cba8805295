import type { PathData } from './price-path.d.ts'

export function fillTable(path: PathData): string
