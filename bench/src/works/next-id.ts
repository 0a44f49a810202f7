let ids = 0

/** A name that no subscription, stream or process has had in this run. */
export function nextId(): string {
  ids += 1
  return `bench${process.pid}x${ids}`
}
