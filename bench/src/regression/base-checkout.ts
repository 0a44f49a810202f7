import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
/** Where there is no release yet, and no branch: so many commits back. */
const BACK = 20

export interface BaseCheckout extends AsyncDisposable {
  readonly folder: string
  /** What it is, in words. */
  readonly title: string
}

interface Base {
  readonly commit: string
  readonly title: string
}

/**
 * What this checkout is compared with: what was asked for; on a branch, where it left `main`; on `main`
 * itself the last release, or, where there is none, twenty commits back. None where history is shallow.
 */
export function findBase(asked = process.env['MDB_BENCH_BASE']): Base | undefined {
  if (asked !== undefined && asked !== '') return { commit: asked, title: asked }
  const head = git('rev-parse', 'HEAD')
  for (const main of ['origin/main', 'main']) {
    const commit = git('merge-base', 'HEAD', main)
    if (commit !== undefined && commit !== head) return { commit, title: `where it left ${main}` }
  }
  const release = git('describe', '--tags', '--abbrev=0', 'HEAD^')
  if (release !== undefined) return { commit: release, title: `the release ${release}` }
  const commit = git('rev-parse', '--verify', '--quiet', `HEAD~${BACK}`)
  return commit === undefined ? undefined : { commit, title: `${BACK} commits back` }
}

/** A checkout of the base, installed, in a folder of its own; removed at the end. */
export async function checkOut({ commit, title }: Base): Promise<BaseCheckout> {
  const parent = await mkdtemp(join(tmpdir(), 'mdb-base-'))
  const folder = join(parent, 'base')
  const remove = async (): Promise<void> => {
    git('worktree', 'remove', '--force', folder)
    await rm(parent, { recursive: true, force: true })
  }
  try {
    execFileSync('git', ['worktree', 'add', '--quiet', '--detach', folder, commit], { cwd: ROOT })
    const packages = ['core', 'subscriptions'].map((name) => `--filter=@mdb/${name}...`)
    const args = [
      '--yes',
      'pnpm@12',
      'install',
      '--frozen-lockfile',
      '--prefer-offline',
      ...packages,
    ]
    execFileSync('npx', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  } catch (error) {
    await remove()
    throw error
  }
  if (!existsSync(join(folder, 'packages/core/src/index.ts'))) {
    await remove()
    throw new Error(`${commit} has no packages/core`)
  }
  const short = git('rev-parse', '--short', commit) ?? commit
  return { folder, title: `${short}, ${title}`, [Symbol.asyncDispose]: remove }
}

/** What git prints; undefined when it fails, as where there is no such commit. */
function git(...args: readonly string[]): string | undefined {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: [...stdio] }).trim()
  } catch {
    return undefined
  }
}
