import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const PACKAGES = join(import.meta.dirname, '../../../packages')

export interface Size {
  /** Bytes of the entry with all that is ours in it, minified. */
  readonly bytes: number
  /** Files of ours that an import of the entry loads. */
  readonly modules: number
  /** Files of other packages, Kysely's above all, that it loads besides. */
  readonly ofOthers: number
}

/** The size of an entry of one of our packages, such as `core/src/index.ts`. */
export async function sizeOf(entry: string): Promise<Size> {
  const input = join(PACKAGES, entry)
  // Only what is ours: dependencies are the reader's own, or counted as modules.
  const bundle = await rolldown({ input, platform: 'node', external: (id) => !/^[./]/.test(id) })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  const bytes = output.reduce(
    (sum, part) => sum + (part.type === 'chunk' ? Buffer.byteLength(part.code) : 0),
    0,
  )
  return { bytes, ...modulesOf(input) }
}

/** Counted by Node's own loader, in a process of its own. */
function modulesOf(input: string): Pick<Size, 'modules' | 'ofOthers'> {
  const script = `
    import { registerHooks } from 'node:module'
    const count = { modules: 0, ofOthers: 0 }
    registerHooks({
      load(url, context, next) {
        if (url.startsWith('file:')) count[url.includes('/node_modules/') ? 'ofOthers' : 'modules'] += 1
        return next(url, context)
      },
    })
    await import(${JSON.stringify(input)})
    console.log(JSON.stringify(count))`
  const args = ['--conditions=@mdb/source', '--input-type=module', '--eval', script]
  const told = execFileSync(process.execPath, args, { encoding: 'utf8' })
  return JSON.parse(told) as Pick<Size, 'modules' | 'ofOthers'>
}
