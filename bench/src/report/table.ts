import Table from 'cli-table3'
import type { Figure, GoalResult, ProcessorFigure, WorkResult } from '../harness/result.ts'
import { OURS } from '../harness/work.ts'
import { printRatio } from '../verdict.ts'

const HEAD = [
  'work',
  'who',
  'median',
  'ours ÷ theirs',
  'goal',
  'verdict',
  'µs of client + server',
  'by the processor',
]

/** A block per work: a row for each contender, with the goal that ours has against it. */
export function printTable(results: readonly WorkResult[]): string {
  const table = new Table({
    head: HEAD,
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'left', 'left', 'left', 'right', 'left'],
  })
  for (const result of results) {
    const rows = result.figures.flatMap((figure) => rowsOf(figure, result))
    rows.forEach((row, index) => void table.push([index === 0 ? result.title : '', ...row]))
  }
  return table.toString()
}

function rowsOf(figure: Figure, { unit, goals }: WorkResult): string[][] {
  const { contender, role, median, processor } = figure
  const name = role === 'limit' ? `${contender} (limit)` : contender
  const value = `${printValue(median)} ${unit}`
  const times = processor === undefined ? '' : printTimes(processor)
  if (contender === OURS) return [[name, value, '', '', '', times, '']]
  const byProcessor = isKnown(processor) ? printRatio(processor.ratio) : ''
  const own = goals.filter(({ against }) => against === contender)
  if (own.length === 0) {
    return [[name, value, printRatio(figure.ratio), '', '', times, byProcessor]]
  }
  return own.map((goal, index) => [
    index === 0 ? name : `${name}, ${label(goal)}`,
    index === 0 ? value : '',
    printRatio(goal.ratio),
    printGoal(goal),
    goal.verdict,
    index === 0 ? times : '',
    index === 0 ? byProcessor : '',
  ])
}

function isKnown(processor: ProcessorFigure | undefined): processor is ProcessorFigure {
  return processor !== undefined && !Number.isNaN(processor.ratio.median)
}

/** A server's time that is not known is none in print. */
function printTimes({ client, server }: ProcessorFigure): string {
  const theirs = Number.isNaN(server.median) ? '?' : printValue(server.median)
  return `${printValue(client.median)} + ${theirs}`
}

function label({ quantile }: GoalResult): string {
  return `p${quantile * 100}`
}

export function printGoal({ atLeast, atMost }: Pick<GoalResult, 'atLeast' | 'atMost'>): string {
  return atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
}

export function printValue(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(value >= 10 ? 1 : 2)
}

/** How many goals are met, in a line. */
export function printVerdicts(results: readonly WorkResult[]): string {
  const verdicts = results.flatMap(({ goals }) => goals.map(({ verdict }) => verdict))
  const count = (wanted: string): number => verdicts.filter((each) => each === wanted).length
  return `${count('met')} goals met, ${count('short')} short, ${count('too noisy')} too noisy`
}
