import ts from 'typescript'
import { type Breach, TEXT_MAX } from '../../engine/purity/breaches.ts'
import { lineOf, walk } from '../../engine/purity/source.ts'

/** Every `any` of a file. */
export function anys(tree: ts.SourceFile): Breach[] {
  const found: Breach[] = []
  walk(tree, (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword)
      found.push({
        file: tree.fileName,
        line: lineOf(node),
        what: 'any',
        text: node.parent.getText().slice(0, TEXT_MAX),
      })
  })
  return found
}
