import { measureFloor, printFloor } from '../floor/floor.ts'
import { measureMemory, printMemory } from '../growth/memory.ts'
import type { Bench } from '../setup/bench.ts'
import { printCodecs } from './json.ts'
import { printStores } from './stores.ts'
import { printSizes, printTypes } from '../sizes/report.ts'

/** What is measured besides rates: by name, as text and as data. */
export interface Note {
  readonly name: string
  readonly take: (
    context: NoteContext,
  ) => Promise<{ readonly text: string; readonly data: unknown }>
}

export interface NoteContext {
  readonly bench: Bench
  /** The size of the longest store. */
  readonly messages: number
}

/** Those of a whole run. */
export const notes: readonly Note[] = [
  {
    name: 'memory',
    async take({ bench, messages }) {
      const data = await measureMemory(bench, messages)
      return { text: printMemory(data), data }
    },
  },
  {
    name: 'floor',
    async take({ bench }) {
      const data = await measureFloor(bench)
      return { text: printFloor(data), data }
    },
  },
  { name: 'sizes', take: async () => printSizes() },
  { name: 'types', take: async () => printTypes() },
]

/** Those that are taken only where a filter names them. */
export const askedNotes: readonly Note[] = [
  { name: 'json', take: async () => printCodecs() },
  { name: 'stores', take: async () => printStores() },
]
