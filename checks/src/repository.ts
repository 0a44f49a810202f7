import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The repository's root folder. */
export const root: string = path.resolve(import.meta.dirname, '../..')

/** The packages that are published, by folder name. */
export const published = ['core', 'subscriptions', 'testing'] as const
export type Published = (typeof published)[number]

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

export function readText(relativePath: string): string {
  return readFileSync(path.join(root, relativePath), 'utf8')
}

export function readManifest(folder = '.'): Manifest {
  return JSON.parse(readText(path.join(folder, 'package.json'))) as Manifest
}

/** Every file that git keeps or would keep, relative to the root. */
export function trackedFiles(): string[] {
  const list = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return list.split('\0').filter((file) => file !== '')
}
