/**
 * The page's colours, by role. A drawing names the role and carries the light value as a fallback, so that it also stands
 * alone as a file; the page defines both sets. Blue, vermilion, green and purple are told apart by the colour-blind
 * (after Okabe and Ito), and no panel tells anything by colour only.
 */
const LIGHT = {
  paper: '#fdfdfb',
  raised: '#f5f5f0',
  ink: '#1c1d21',
  muted: '#5d6068',
  faint: '#8b8e96',
  rule: '#dcdcd4',
  up: '#0067a8',
  down: '#b54708',
  model: '#8f2d74',
  market: '#2e7d6b',
  gain: '#12795d',
  loss: '#c03f12',
  amber: '#8a6100',
} as const

const DARK: Record<keyof typeof LIGHT, string> = {
  paper: '#15171b',
  raised: '#1d2025',
  ink: '#e8e8e4',
  muted: '#a5a8b0',
  faint: '#7d818b',
  rule: '#343840',
  up: '#62b5ee',
  down: '#ff9a5c',
  model: '#e594cc',
  market: '#6cc9b1',
  gain: '#5ccfa6',
  loss: '#ff8a65',
  amber: '#e3b54a',
}

export type Role = keyof typeof LIGHT

/** Each role as a CSS value: the page's variable, else the light colour. */
export const color: Readonly<Record<Role, string>> = Object.fromEntries(
  Object.entries(LIGHT).map(([role, value]) => [role, `var(--${role}, ${value})`]),
) as Record<Role, string>

/** Both sets as CSS custom properties: by the system's scheme, and by the page's own switch above it. */
export function variables(): string {
  const light = declare('light', LIGHT)
  const dark = declare('dark', DARK)
  return [
    `:root{${light}}`,
    `@media (prefers-color-scheme:dark){:root{${dark}}}`,
    `:root:has(#theme-light:checked){${light}}`,
    `:root:has(#theme-dark:checked){${dark}}`,
    `@media print{:root,:root:has(#theme-dark:checked){${light}}}`,
  ].join('\n')
}

function declare(scheme: string, values: Record<Role, string>): string {
  const pairs = Object.entries(values).map(([role, value]) => `--${role}:${value}`)
  return `color-scheme:${scheme};${pairs.join(';')}`
}
