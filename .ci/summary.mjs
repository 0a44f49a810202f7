// Adds up the steps of .ci/run and the tests of Vitest's JSON reports, and says so in one line.
// Names what failed once more: where only the end of the output is kept, it is what is needed of it.
// Exits 1 when anything failed, when a report is missing, or when no test ran.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const [stepsFile, reportsFolder, expected] = process.argv.slice(2)
const total = { passed: 0, failed: 0, skipped: 0 }
let tests = 0
/** What is said of each failure, at the end. */
const failures = []
// Each adapter of the port `TestServer` that ran its contract suite, in any of the runs.
const backends = new Set()

for (const line of readFileSync(stepsFile, 'utf8').split('\n').filter(Boolean)) {
  const [verdict, seconds, name] = line.split('\t')
  total[verdict] += 1
  console.log(`${verdict.padEnd(7)} ${seconds.padStart(5)} s  ${name}`)
}

for (const run of readdirSync(reportsFolder).sort()) {
  const folder = path.join(reportsFolder, run)
  for (const file of readdirSync(folder).sort()) {
    const report = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
    const skipped = report.numPendingTests + report.numTodoTests
    const failed = report.testResults.flatMap((result) => failuresOf(run, result))
    failures.push(...failed)
    tests += report.numPassedTests
    for (const { ancestorTitles, status } of report.testResults.flatMap(
      (r) => r.assertionResults,
    )) {
      const title = ancestorTitles.find((each) => each.startsWith('a test server: '))
      if (title !== undefined && status === 'passed')
        backends.add(title.replace('a test server: ', ''))
    }
    total.passed += report.numPassedTests
    total.failed += failed.length
    total.skipped += skipped
    const counts = `${report.numPassedTests} passed, ${failed.length} failed`
    console.log(`${run}/${file}: ${counts}${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  }
}

for (const name of expected.split(' ')) {
  if (existsSync(path.join(reportsFolder, 'test', `@mdb-${name}.json`))) continue
  console.log(`no report of @mdb/${name}`)
  total.failed += 1
}
if (tests === 0) {
  console.log('no test ran')
  total.failed += 1
}

for (const failure of failures) console.log(failure)
console.log(`contract of a test server: ran on ${[...backends].join(', ') || 'no backend'}`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = total.failed > 0 ? 1 : 0

/** A file that fails before its first test has no failed test, and is a failure itself. */
function failuresOf(run, { name, status, message, assertionResults }) {
  const failed = assertionResults.filter((result) => result.status === 'failed')
  const file = path.relative(process.cwd(), name)
  if (failed.length === 0) return status === 'failed' ? [`FAILED ${run}: ${file}\n${message}`] : []
  return failed.map(({ fullName, failureMessages }) => {
    const lines = failureMessages.join('\n').split('\n')
    const ours = lines.filter((line) => !/^\s+at .*(node_modules|new Promise)/.test(line))
    return `FAILED ${run}: ${file}: ${fullName}\n${ours.join('\n').slice(0, 8_000)}`
  })
}
