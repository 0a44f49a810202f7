/** `JSON.parse` under a name that a profile shows: what is built into V8 is charged to its caller. */
export function parseJson(text: string): unknown {
  return JSON.parse(text) as unknown
}
