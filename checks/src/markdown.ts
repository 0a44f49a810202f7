export interface CodeBlock {
  /** The file, relative to the root. */
  readonly file: string
  /** The line of its first line of code. */
  readonly line: number
  readonly language: string
  readonly code: string
}

/** The fenced code blocks of a Markdown text. */
export function codeBlocks(file: string, text: string): CodeBlock[] {
  const fence = /^( *)```([\w-]*)[^\n]*\n([\s\S]*?)^\1```[ \t]*$/gm
  return Array.from(text.matchAll(fence), (match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[2] ?? '',
    code: match[3] ?? '',
  }))
}

/** The relative links of a Markdown text, without their anchors. */
export function relativeLinks(text: string): string[] {
  const prose = text.replaceAll(/^( *)```[\s\S]*?^\1```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1] ?? '')
    .filter((link) => !/^(?:[a-z]+:|#)/.test(link))
    .map((link) => link.replace(/#.*$/, ''))
}
