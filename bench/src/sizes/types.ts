import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const BENCH = join(import.meta.dirname, '../..')

/** What the compiler made of a file: the work that an editor does too. */
export interface TypeCost {
  readonly instantiations: number
  readonly types: number
}

/**
 * The cost of `user-file.ts`, against the packages' declarations as they are published: the build has to
 * be there. What Kysely and the schema library cost is in it; `plain-file.ts` has that alone.
 */
export async function typeCost(file: 'user-file.ts' | 'plain-file.ts'): Promise<TypeCost> {
  // Inside the package, where its dependencies are found.
  const folder = await mkdtemp(join(BENCH, '.types-'))
  try {
    await cp(join(import.meta.dirname, file), join(folder, 'user-file.ts'))
    const config = { extends: '../../tsconfig.base.json', include: ['*.ts'] }
    const compilerOptions = { noEmit: true, isolatedDeclarations: false }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions }))
    return parseDiagnostics(await compile(join(folder, 'tsconfig.json')))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compile(project: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  const tsc = join(dirname(manifest), 'bin/tsc')
  const args = [tsc, '-p', project, '--extendedDiagnostics', '--singleThreaded']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout
}

/** Reads the lines `Instantiations:  1234` and `Types:  1234`. */
export function parseDiagnostics(text: string): TypeCost {
  const value = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]
    if (found === undefined) throw new TypeError(`no ${name} in what the compiler printed: ${text}`)
    return Number(found)
  }
  return { instantiations: value('Instantiations'), types: value('Types') }
}
