// Adds up the steps of .ci/run and the tests of Vitest's JSON reports, and says so in one line.
// Exits 1 when anything failed, when a report is missing, or when no test ran.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const [stepsFile, reportsFolder, expected] = process.argv.slice(2)
const total = { passed: 0, failed: 0, skipped: 0 }
let tests = 0
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
    // A file that fails before its first test has no failed test to count.
    const broken = report.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
    ).length
    tests += report.numPassedTests
    for (const { ancestorTitles, status } of report.testResults.flatMap(
      (r) => r.assertionResults,
    )) {
      const title = ancestorTitles.find((each) => each.startsWith('a test server: '))
      if (title !== undefined && status === 'passed')
        backends.add(title.replace('a test server: ', ''))
    }
    total.passed += report.numPassedTests
    total.failed += report.numFailedTests + broken
    total.skipped += skipped
    const counts = `${report.numPassedTests} passed, ${report.numFailedTests + broken} failed`
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

console.log(`contract of a test server: ran on ${[...backends].join(', ') || 'no backend'}`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = total.failed > 0 ? 1 : 0
