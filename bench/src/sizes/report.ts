import Table from 'cli-table3'
import { type Size, sizeOf } from './bundle.ts'
import { budgets, TYPE_BUDGET } from './budgets.ts'
import { typeCost } from './types.ts'

/** Sizes of the packages beside their budgets; the same on every machine. */
export async function printSizes(): Promise<{ text: string; data: unknown }> {
  const data: Record<string, Size> = {}
  const table = new Table({
    head: ['entry', 'bytes, minified', 'budget', 'modules of ours', 'budget', 'of others'],
    style: { head: [], border: [], compact: true },
  })
  for (const [entry, budget] of Object.entries(budgets)) {
    const size = await sizeOf(entry)
    const { bytes, modules, ofOthers } = size
    data[entry] = size
    table.push([entry, bytes, budget.bytes, modules, budget.modules, ofOthers])
  }
  return { text: table.toString(), data }
}

/** What the compiler does for a user's file, beside the same without our packages. */
export async function printTypes(): Promise<{ text: string; data: unknown }> {
  const user = await typeCost('user-file.ts')
  const plain = await typeCost('plain-file.ts')
  const ours = user.instantiations - plain.instantiations
  const text = `Type instantiations of a user's file: ${user.instantiations}, of them ours ${ours} (budget ${TYPE_BUDGET})`
  return { text, data: { user, plain } }
}
