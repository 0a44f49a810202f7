import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { relativeLinks } from '../src/markdown.ts'
import { published, readManifest, readText, root, trackedFiles } from '../src/repository.ts'

const isBinary = (content: Buffer): boolean => content.subarray(0, 8000).includes(0)

const texts = trackedFiles()
  .map((file) => ({ file, absolute: path.join(root, file) }))
  .filter(({ absolute }) => existsSync(absolute))
  .map(({ file, absolute }) => ({ file, content: readFileSync(absolute) }))
  .filter(({ content }) => !isBinary(content))
  .map(({ file, content }) => ({ file, text: content.toString('utf8') }))

function linesMatching(pattern: RegExp): string[] {
  return texts.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
}

describe('what git keeps', () => {
  test('names no package registry', () => {
    expect(
      linesMatching(/registry\.[a-z-]+\.(?:org|com|dev)|npm\.pkg\.github|_auth[T]oken/),
    ).toEqual([])
  })

  test('names no path of one machine', () => {
    const path = /(?<![\w.$}\])/-])\/(?:work|root|home\/\w+|Users\/\w+|tmp\/\w+)\b/
    expect(linesMatching(path)).toEqual([])
  })

  test('has a lock file without addresses', () => {
    expect(readText('pnpm-lock.yaml')).not.toMatch(/tarball:|https?:\/\//)
  })
})

test('engines are checked against the Node that scripts run on', () => {
  const workspace = readText('pnpm-workspace.yaml')
  const runs = /^ {2}node: (.+)$/m.exec(workspace)?.[1]
  expect(/^nodeVersion: (.+)$/m.exec(workspace)?.[1]).toBe(runs)
})

describe('what would be published', () => {
  test.for(published)('%s: says its licence, has a README, and its exports exist', (name) => {
    const folder = path.join('packages', name)
    const manifest = readManifest(folder)
    expect(manifest).toMatchObject({ name: `@mdb/${name}`, license: 'MIT', type: 'module' })
    expect(existsSync(path.join(root, folder, 'README.md'))).toBe(true)
    expect(existsSync(path.join(root, folder, 'LICENSE'))).toBe(true)
    const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    )
    expect(targets.length).toBeGreaterThan(3)
    expect(targets.filter((target) => !existsSync(path.join(root, folder, target)))).toEqual([])
  })
})

describe('what the documents point to', () => {
  const documents = texts.filter(({ file }) => file.endsWith('.md') && !/CHANGELOG/.test(file))

  test.for(documents)('$file: its relative links exist', ({ file, text }) => {
    const missing = relativeLinks(text).filter(
      (link) => !existsSync(path.join(root, path.dirname(file), link)),
    )
    expect(missing).toEqual([])
  })
})

describe('the guides', () => {
  const readmes = [
    'README.md',
    'docs/README.md',
    ...published.map((name) => `packages/${name}/README.md`),
  ]
  const linked = readmes.flatMap((file) =>
    relativeLinks(readText(file)).map((link) => path.join(path.dirname(file), link)),
  )
  const guides = texts.map(({ file }) => file).filter((file) => /^docs\/guides\/.+\.md$/.test(file))

  test('have an index, which is where the README sends its reader', () => {
    expect(linked).toContain('docs/README.md')
  })

  test('are each linked from that index, or from the README of a package', () => {
    expect(guides.length).toBeGreaterThan(3)
    expect(guides.filter((file) => !linked.includes(file))).toEqual([])
  })
})

test('each decision has a number of its own, in its name and in its title', () => {
  const records = trackedFiles().filter((file) => file.startsWith('docs/adr/'))
  const numbers = records.map((file) => path.basename(file).slice(0, 4))
  expect(numbers.length).toBeGreaterThan(5)
  expect(numbers).toEqual([...new Set(numbers)])
  for (const [index, file] of records.entries()) {
    const [title = ''] = readText(file).split('\n')
    expect(Number(/^# (?<number>\d+)\. /.exec(title)?.groups?.['number']), title).toBe(
      Number(numbers[index]),
    )
  }
})
