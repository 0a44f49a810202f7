import { type CodeBlock, codeBlocks } from './markdown.ts'

/** The code blocks in the `@example`s of a source, by the source's own lines. */
export function exampleBlocks(file: string, source: string): CodeBlock[] {
  return codeBlocks(
    file,
    inDocstrings(source, (docstring) => docstring.includes('@example')),
  )
}

/** How many `@example`s a source has. */
export function countExamples(source: string): number {
  return source.match(/^\s*\* @example\b/gm)?.length ?? 0
}

/** The text of docstrings alone, as Markdown; all else is empty lines. */
function inDocstrings(source: string, isWanted: (docstring: string) => boolean): string {
  const parts = source.split(/(\/\*\*[\s\S]*?\*\/)/)
  return parts
    .map((part, index) => {
      const lines = part.split('\n')
      const isDocstring = index % 2 === 1 && isWanted(part)
      return lines.map((line) => (isDocstring ? line.replace(/^\s*\* ?/, '') : '')).join('\n')
    })
    .join('')
}
