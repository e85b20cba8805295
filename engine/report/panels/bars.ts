import * as Plot from '@observablehq/plot'
import { type Caption, draw } from '../draw.ts'
import { count, percent } from '../format.ts'
import { color, type Role } from '../theme.ts'

/** One count with its name. */
export type Item = { name: string; n: number; role: Role }

/** Draw a list of counts as bars: the name on the left, the number and its share of `whole` on the right. */
export function drawCounts(
  items: readonly Item[],
  whole: number,
  heading: string,
  width: number,
  caption: Caption,
): string {
  return draw(
    {
      width,
      height: 21 * items.length + 26,
      marginLeft: width < 400 ? 122 : 138,
      marginRight: 112,
      marginTop: 24,
      marginBottom: 2,
      x: { domain: [0, Math.max(1, ...items.map((i) => i.n))], axis: null },
      y: { domain: items.map((i) => i.name), label: null, padding: 0.3 },
      marks: [
        Plot.axisY({ tickSize: 0, tickPadding: 8 }),
        Plot.barX([...items], {
          y: 'name',
          x1: 0,
          x2: 'n',
          fill: (i: Item) => color[i.role],
          fillOpacity: 0.75,
        }),
        Plot.ruleX([0], { stroke: color.muted }),
        Plot.text([heading], {
          frameAnchor: 'top-left',
          dx: width < 400 ? -120 : -136,
          dy: -20,
          fill: color.muted,
          fontWeight: 600,
        }),
        Plot.text([...items], {
          y: 'name',
          frameAnchor: 'right',
          textAnchor: 'end',
          dx: 58,
          text: (i: Item) => count(i.n),
          fill: color.ink,
          fontVariant: 'tabular-nums',
        }),
        Plot.text([...items], {
          y: 'name',
          frameAnchor: 'right',
          textAnchor: 'end',
          dx: 110,
          text: (i: Item) => percent(i.n, whole),
          fill: color.muted,
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    caption,
  )
}
