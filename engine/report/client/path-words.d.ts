import type { PathData, PathFill } from './price-path.d.ts'

export function fillWords(fill: PathFill, path: PathData): string
export function priceWords(ticks: number): string
export function clockOf(us: number): string
export function escapeText(text: string): string
