import type { Profiler } from 'node:inspector'
import { expect, test } from 'vitest'
import { attribute, ownerOf } from '../src/floor/attribute.ts'

const frame = (functionName: string, url = '') => ({
  functionName,
  url,
  scriptId: '1',
  lineNumber: 0,
  columnNumber: 0,
})

test.for([
  ['@mdb/core', frame('toMessage', 'file:///a/packages/core/src/message-row.ts')],
  ['@mdb/subscriptions', frame('run', 'file:///a/packages/subscriptions/dist/poll-loop.js')],
  [
    'pg, the driver',
    frame('parse', '/a/node_modules/.pnpm/pg-protocol@1/node_modules/pg-protocol/dist/parser.js'),
  ],
  [
    'kysely',
    frame('compile', 'file:///a/node_modules/.pnpm/kysely@0.29/node_modules/kysely/dist/x.js'),
  ],
  ['@a/b', frame('go', 'file:///a/node_modules/@a/b/x.js')],
  ['Node, sockets', frame('onread', 'node:net')],
  ['garbage collection', frame('(garbage collector)')],
  ['Node and V8, native', frame('(program)')],
] as const)('%s', ([owner, callFrame]) => {
  expect(ownerOf(callFrame)).toBe(owner)
})

test('waiting is nobody’s time, JSON.parse its own, and other built-ins their caller’s', () => {
  const node = (
    id: number,
    callFrame: Profiler.ProfileNode['callFrame'],
    children: number[] = [],
  ) => ({
    id,
    callFrame,
    children,
  })
  const core = 'file:///a/packages/core/src/message-row.ts'
  const shares = attribute({
    nodes: [
      node(1, frame('(root)'), [2, 3]),
      node(2, frame('(idle)')),
      node(3, frame('toMessage', core), [4, 5]),
      node(4, frame('parseJson', 'file:///a/bench/src/floor/parse-json.ts')),
      node(5, frame('BigInt')),
    ],
    startTime: 0,
    endTime: 100,
    samples: [2, 3, 4, 5, 4],
    timeDeltas: [50, 10, 20, 10, 10],
  })
  expect(shares).toEqual([
    { owner: 'JSON.parse', share: 0.6, microseconds: 30 },
    { owner: '@mdb/core', share: 0.4, microseconds: 20 },
  ])
})
