// What the packages do beside plain drivers, peers and the limit: `pnpm bench --help`.
import { matches, parseOptions, SCALE, USAGE } from './options.ts'
import { printConditions, readConditions } from './report/conditions.ts'
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
  const chosen = works.filter(({ name }) => matches(options.filters, name))
  if (chosen.length === 0) {
    throw new RangeError(
      `nothing is called ${options.filters.join(' or ')}; there are ${works.map(({ name }) => name).join(', ')}`,
    )
  }
  await using bench = await startBench(SCALE[options.mode])
  const conditions = await readConditions(await bench.freshDatabase(), options)
  const results = await runWorks(bench, chosen, options)
  console.log(printTable(results))
  console.log(`${printVerdicts(results)}\n\n${printConditions(conditions)}`)
  const { commit, cpu, cores } = conditions
  const svg = await plotResults(results, `${cores} × ${cpu}, ${commit}, ${options.mode}`)
  const written = await writeResults(options, { result: { conditions, works: results }, svg })
  for (const file of written) console.log(`wrote ${file}`)
}
