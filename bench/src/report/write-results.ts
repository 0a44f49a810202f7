import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Options } from '../options.ts'

const RESULTS = join(import.meta.dirname, '../../results')

interface Written {
  readonly result: unknown
  readonly svg: string
  readonly growthSvg: string
}

/**
 * Where the results go: to the files that were asked for; else, of a whole run, beside the others of its
 * mode. A filtered run is printed alone.
 */
export async function writeResults(
  { mode, filters, json, plot }: Options,
  { result, svg, growthSvg }: Written,
): Promise<string[]> {
  const whole = filters.length === 0
  const files = [
    [json ?? (whole ? join(RESULTS, `${mode}.json`) : undefined), toJson(result)],
    [plot ?? (whole ? join(RESULTS, `${mode}.svg`) : undefined), svg],
    [
      plot?.replace(/(\.svg)?$/, '-growth.svg') ??
        (whole ? join(RESULTS, `${mode}-growth.svg`) : undefined),
      growthSvg,
    ],
  ] as const
  const written: string[] = []
  for (const [file, text] of files) {
    if (file === undefined) continue
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    written.push(file)
  }
  return written
}

function toJson(result: unknown): string {
  return `${JSON.stringify(result, shortened, 2)}\n`
}

function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value
}
