/**
 * Bicep text → tree, by tree-sitter's grammar, with what is wrong with the syntax. That grammar takes new lines for
 * blanks, so a rule of our own keeps one declaration or property per line unless commas part them.
 */
import { fileURLToPath } from 'node:url'
import { Language, type Node, Parser } from 'web-tree-sitter'
import type { Report } from './problem.ts'

await Parser.init()
const grammar = new URL(
  'tree-sitter-bicep.wasm',
  import.meta.resolve('tree-sitter-bicep/package.json'),
)
const parser = new Parser().setLanguage(await Language.load(fileURLToPath(grammar)))

/** @param use gets the tree's root, which is gone after it */
export function parse<T>(
  { file, text, report }: { file: string; text: string; report: Report },
  use: (root: Node) => T,
): T {
  const tree = parser.parse(maskExtensions(text))
  if (!tree) throw new Error('The parser gave up')
  try {
    for (const node of all(tree.rootNode)) {
      const place = { file, line: node.startPosition.row + 1 }
      if (node.isMissing) report(place, 'syntax', `${node.type} is missing`)
      else if (node.isError) report(place, 'syntax', `this is not Bicep: ${node.text.slice(0, 40)}`)
      for (const { row } of crowded(node)) {
        report({ file, line: row + 1 }, 'separator', 'a new line or a comma is missing here')
      }
    }
    return use(tree.rootNode)
  } finally {
    tree.delete()
  }
}

/** Names after `extension`, which the grammar does not know. */
export const extensionsIn = (text: string): string[] =>
  [...text.matchAll(extension)].map(([, name = '']) => name)

const extension = /^extension\s+(\w+).*$/gm
const maskExtensions = (text: string) =>
  text.replace(extension, (line) => `//${' '.repeat(line.length - 2)}`)

function* all(node: Node): Generator<Node> {
  yield node
  for (const child of node.children) yield* all(child)
}

/** Neighbours within lists that stand on one line with nothing between them. */
function crowded(node: Node) {
  if (!['object', 'array', 'infrastructure'].includes(node.type)) return []
  const children = node.children.filter(({ type }) => type !== 'comment')
  return children.flatMap((child, index) => {
    const next = children[index + 1]
    const together =
      next?.isNamed && child.isNamed && child.endPosition.row === next.startPosition.row
    return together ? [next.startPosition] : []
  })
}
