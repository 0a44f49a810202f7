import type { Profiler, Runtime } from 'node:inspector'

import { parseJson } from './parse-json.ts'

export interface Share {
  readonly owner: string
  /** Part of the time that the process was busy. */
  readonly share: number
  readonly microseconds: number
}

const WAITING = new Set(['(idle)', '(root)'])

/** Whose a function is, by where its source lies. */
export function ownerOf({ functionName, url }: Runtime.CallFrame): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (dependency !== undefined) return dependency.startsWith('pg') ? 'pg, the driver' : dependency
  const ours = /\/packages\/([^/]+)\/(?:src|dist)\//.exec(url)?.[1]
  if (ours !== undefined) return `@mdb/${ours}`
  if (functionName === parseJson.name && url.endsWith('/floor/parse-json.ts')) return 'JSON.parse'
  if (/\/bench\/src\//.test(url)) return 'the handler and the measurement'
  return url.startsWith('node:') ? 'Node, sockets' : 'Node and V8, native'
}

/**
 * Adds up a profile by owner, each sample to the function that ran. What is built into V8, such as
 * `BigInt`, has no place of its own: it goes to its caller.
 */
export function attribute({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Share[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])))
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const frame = byId.get(id)?.callFrame
    if (frame === undefined || WAITING.has(frame.functionName)) return
    const owner = ownerUpwards(id)
    times.set(owner, (times.get(owner) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([owner, microseconds]) => ({ owner, share: microseconds / total, microseconds }))
    .toSorted((a, b) => b.microseconds - a.microseconds)

  function ownerUpwards(id: number): string {
    const frame = byId.get(id)?.callFrame
    if (frame === undefined) return 'Node and V8, native'
    const parent = parents.get(id)
    const hasPlace = frame.url !== '' || frame.functionName.startsWith('(')
    return hasPlace || parent === undefined ? ownerOf(frame) : ownerUpwards(parent)
  }
}
