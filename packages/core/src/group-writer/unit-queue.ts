import { groupSize } from './take-group.ts'
import type { Unit } from './unit.ts'

/** Units that wait, in order, with a count of their messages. */
export class UnitQueue {
  #units: Unit[] = []
  #messages = 0

  get messages(): number {
    return this.#messages
  }

  add(unit: Unit): void {
    this.#units.push(unit)
    this.#messages += unit.batch.length
  }

  /** Takes the next group; an empty one when nothing waits. */
  takeGroup(maxBatch: number): Unit[] {
    return this.#take(0, groupSize(this.#units, maxBatch))
  }

  takeAll(): Unit[] {
    return this.#take(0, this.#units.length)
  }

  /** Takes a unit out, if it still waits. */
  remove(unit: Unit): void {
    const index = this.#units.indexOf(unit)
    if (index !== -1) this.#take(index, 1)
  }

  #take(from: number, count: number): Unit[] {
    const taken = this.#units.splice(from, count)
    for (const { batch } of taken) this.#messages -= batch.length
    return taken
  }
}
