import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { WorkResult } from '../harness/result.ts'
import { OURS } from '../harness/work.ts'
import { spread } from '../statistics.ts'
import { NOISE_LIMIT } from '../verdict.ts'
import { themed } from './theme.ts'

interface Point {
  readonly work: string
  readonly who: string
  readonly kind: string
  /** Above 1, ours is better. */
  readonly ratio: number
  readonly low: number
  readonly high: number
}

const KINDS = {
  plain: 'by hand',
  peer: 'a peer',
  limit: 'the limit',
  ours: 'ours otherwise',
} as const

/** How much better ours is, whichever way a unit counts. Too noisy a ratio is no point. */
function pointsOf({ title, unit, figures }: WorkResult): Point[] {
  return figures
    .filter(({ contender, ratio }) => contender !== OURS && spread(ratio) <= NOISE_LIMIT)
    .map(({ contender, role, ratio: { median, low, high } }) => {
      const place = { work: title, who: contender, kind: KINDS[role] }
      return unit === 'messages/s'
        ? { ...place, ratio: median, low, high }
        : { ...place, ratio: 1 / median, low: 1 / high, high: 1 / low }
    })
}

/** The results as a picture: a row per work, ours at 1, a point for each of the others. */
export async function plotResults(
  results: readonly WorkResult[],
  caption: string,
): Promise<string> {
  const values = results.flatMap(pointsOf)
  const noisy = results.filter((result) => pointsOf(result).length === 0)
  const works = results.map(({ title }) => title)
  const y = { field: 'work', type: 'nominal', scale: { domain: works }, title: null } as const
  const scale = { type: 'log', domainMin: 0.2, nice: true } as const
  const x = { field: 'ratio', type: 'quantitative', scale, title: AXIS } as const
  const color = {
    field: 'kind',
    title: null,
    scale: { domain: Object.values(KINDS), range: ['#4c8bf5', '#e8833a', '#9a6ee8', '#3aa675'] },
  } as const
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'How many times as fast as the others', subtitle: caption },
    width: 560,
    height: { step: 24 },
    data: { values },
    layer: [
      { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: 'rule', opacity: 0.6 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        data: { values: noisy.map(({ title }) => ({ work: title, ratio: 1, text: 'too noisy' })) },
        mark: { type: 'text', align: 'left', dx: 8, opacity: 0.7 },
        encoding: { y, x, text: { field: 'text' } },
      },
      { mark: { type: 'point', filled: true, size: 60 }, encoding: { y, x, color } },
    ],
  }
  return render(spec)
}

const AXIS = 'ours ÷ theirs, more is better (logarithmic; with the interval of the median)'

/** A drawing that can be read on a light page and on a dark one. */
export async function render(spec: TopLevelSpec): Promise<string> {
  const view = new vega.View(vega.parse(compile({ ...spec, config: CONFIG }).spec), {
    renderer: 'none',
  })
  const svg = await view.toSVG()
  view.finalize()
  return themed(svg)
}

const CONFIG: NonNullable<TopLevelSpec['config']> = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  padding: 12,
  view: { stroke: 'transparent' },
  axis: {
    grid: true,
    gridColor: '#8884',
    domainColor: '#8888',
    tickColor: '#8888',
  },
  // Vega's own limit for this axis would win over one for all.
  axisY: { labelLimit: 400 },
  rule: { color: '#888888' },
  title: { anchor: 'start', fontSize: 15, subtitlePadding: 6, offset: 14 },
  legend: { orient: 'bottom', symbolType: 'circle', labelLimit: 400 },
}
