// An excerpt is a top-level declaration with the comment above it, named in a comment of the guide:
//
//   <!-- excerpt: src/consumers.ts delays -->
//
// What is between that and the next `<!-- end -->` is written here, and so cannot drift.

const place = /(<!-- excerpt: (\S+) ([\w ]+?) -->\n)[\s\S]*?(<!-- end -->)/g

/** The guide with its excerpts as they are in the sources now. */
export function withExcerpts(guide: string, read: (path: string) => string): string {
  return guide.replaceAll(place, (_, opening: string, path: string, names: string, end: string) => {
    const source = read(path)
    const code = names.split(' ').map((name) => excerptOf(source, name, path))
    const language = path.slice(path.lastIndexOf('.') + 1)
    return `${opening}\n\`\`\`${language}\n// ${path}\n${code.join('\n\n')}\n\`\`\`\n\n${end}`
  })
}

/** A declaration as it is in a formatted source: up to the line that closes it at the margin. */
export function excerptOf(source: string, name: string, path: string): string {
  const lines = source.split('\n')
  const isDeclared = new RegExp(
    `^(?:export )?(?:async )?(?:function|const|class|interface|type) ${name}\\b`,
  )
  const start = lines.findIndex((line) => isDeclared.test(line))
  if (start === -1) throw new Error(`${path} has no ${name}`)
  const opens = /[{(]$/.test(lines[start] ?? '')
  const end = opens ? lines.findIndex((line, at) => at > start && isEnd(line)) : start
  return lines.slice(commentAbove(lines, start), end + 1).join('\n')
}

// `}: {` and `): Promise<void> {` close the parameters alone.
const isEnd = (line: string): boolean => /^[})]/.test(line) && !line.endsWith('{')

function commentAbove(lines: readonly string[], start: number): number {
  if (lines[start - 1]?.endsWith('*/') !== true) return start
  return lines.slice(0, start).findLastIndex((line) => line.startsWith('/**'))
}
