import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mustRun, pnpm } from './command.ts'
import { published, root, type Published } from './repository.ts'

export type Tarballs = Readonly<Record<Published, string>>
export type PackageManager = 'npm' | 'pnpm'

export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mdb-checks-'))
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Packs the packages as a release would. They must have been built. */
export async function packAll(destination: string): Promise<Tarballs> {
  const pack = async (name: Published): Promise<[Published, string]> => {
    const folder = path.join(root, 'packages', name)
    if (!existsSync(path.join(folder, 'dist/index.js'))) {
      throw new Error(`packages/${name} has no build: run \`npx --yes pnpm@12 build\` first`)
    }
    const into = path.join(destination, name)
    await mkdir(into)
    await pnpm(['pack', '--pack-destination', into], { cwd: folder })
    const [tarball] = await readdir(into)
    if (tarball === undefined) throw new Error(`packages/${name} packed to nothing`)
    return [name, path.join(into, tarball)]
  }
  const packed = await Promise.all(published.map(pack))
  return Object.fromEntries(packed) as Record<Published, string>
}

export interface Consumer {
  readonly folder: string
  /** The names of all packages in its node_modules, sorted. */
  readonly installed: readonly string[]
}

/**
 * An empty project that installs one tarball, and what it asks for besides. The packages that the
 * tarball depends on and that live here too come from their own tarballs: they may not be published.
 */
export async function installAlone(
  manager: PackageManager,
  wanted: Published,
  options: {
    readonly folder: string
    readonly tarballs: Tarballs
    readonly besides?: Readonly<Record<string, string>>
  },
): Promise<Consumer> {
  const { folder, tarballs, besides = {} } = options
  const overrides = Object.fromEntries(
    published
      .filter((name) => name !== wanted)
      .map((name) => [`@mdb/${name}`, `file:${tarballs[name]}`]),
  )
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: { [`@mdb/${wanted}`]: `file:${tarballs[wanted]}`, ...besides },
    overrides,
  }
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2))
  if (manager === 'pnpm') {
    const settings = { overrides, verifyDepsBeforeRun: false }
    await writeFile(path.join(folder, 'pnpm-workspace.yaml'), JSON.stringify(settings))
    await pnpm(['install', '--prefer-offline'], { cwd: folder })
  } else {
    await mustRun('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: folder,
    })
  }
  return { folder, installed: await installedPackages(folder) }
}

/** The real packages below a node_modules folder, whichever way a package manager laid it out. */
async function installedPackages(folder: string): Promise<string[]> {
  const found = new Set<string>()
  const visit = async (nodeModules: string): Promise<void> => {
    if (!existsSync(nodeModules)) return
    for (const entry of await readdir(nodeModules, { withFileTypes: true })) {
      const place = path.join(nodeModules, entry.name)
      if (!entry.isDirectory()) continue
      if (entry.name === '.pnpm') {
        const stores = await readdir(place)
        await Promise.all(stores.map((store) => visit(path.join(place, store, 'node_modules'))))
      } else if (entry.name.startsWith('@')) {
        await visit(place)
      } else if (!entry.name.startsWith('.') && existsSync(path.join(place, 'package.json'))) {
        const scope = path.basename(nodeModules)
        found.add(scope.startsWith('@') ? `${scope}/${entry.name}` : entry.name)
        await visit(path.join(place, 'node_modules'))
      }
    }
  }
  await visit(path.join(folder, 'node_modules'))
  return [...found].toSorted()
}
