import type { TopLevelSpec } from 'vega-lite'
import type { WorkResult } from '../harness/result.ts'
import { OURS } from '../harness/work.ts'
import { render } from './plot.ts'

interface Step {
  readonly work: string
  readonly size: number
  readonly of: string
  /** Messages a second, against the smallest. */
  readonly rate: number
}

/** `1,000 messages` is 1000 of messages. */
function sizeOf(label: string): { readonly size: number; readonly of: string } {
  const [, digits = '', of = ''] = /([\d,]+) (\w+)$/.exec(label) ?? []
  return { size: Number(digits.replaceAll(',', '')), of: `by ${of}` }
}

function stepsOf({ title, figures }: WorkResult): Step[] {
  const [ours, ...others] = figures
  if (ours === undefined) return []
  const work = title.replace(/^growth: /, '').replace(/, [^,]*[\d,]+ \w+$/, '')
  const all = [...others, { ...ours, contender: title }]
  const smallest = all[0]?.median ?? Number.NaN
  return all.map(({ contender, median }) => ({
    work,
    ...sizeOf(contender === OURS ? title : contender),
    rate: median / smallest,
  }))
}

/** What a message costs on more and more, as lines: flat is good. */
export async function plotGrowth(results: readonly WorkResult[], caption: string): Promise<string> {
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Messages per second as the store grows', subtitle: caption },
    data: { values: results.flatMap(stepsOf) },
    facet: {
      column: { field: 'of', title: null, sort: ['by messages', 'by streams', 'by members'] },
    },
    resolve: { scale: { x: 'independent' } },
    spec: {
      width: 200,
      height: 180,
      layer: [
        { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { y: { datum: 1 } } },
        {
          mark: { type: 'line', point: { size: 50 } },
          encoding: {
            x: { field: 'size', type: 'quantitative', scale: { type: 'log' }, title: null },
            y: {
              field: 'rate',
              type: 'quantitative',
              scale: { domainMin: 0 },
              title: 'rate ÷ that of the smallest',
            },
            color: { field: 'work', type: 'nominal', title: null },
          },
        },
      ],
    },
  }
  return render(spec)
}
