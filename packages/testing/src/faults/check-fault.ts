import { InvalidSettingError } from '../errors.ts'
import type { FaultName, FaultOptions, PlannedFault } from './faults.ts'
import { FAULT_POINTS, type FaultPoint } from './points.ts'

/** Where a fault strikes that names no point. */
export const POINT: Readonly<Record<FaultName, FaultPoint>> = {
  'crash before commit': 'commit',
  'commit unacknowledged': 'commit',
  'connection lost': 'checkpoint',
  'lease lost': 'checkpoint',
  'wake-up lost': 'wake-up',
  'database restarted': 'commit',
}
const FIXED: ReadonlySet<FaultName> = new Set<FaultName>([
  'crash before commit',
  'commit unacknowledged',
  'wake-up lost',
])

/** Refuses what cannot be planned, before anything is. */
export function checkFault(
  { fault, before, occurrence, chance, times }: PlannedFault,
  restart: FaultOptions['restart'],
): void {
  if (!Object.hasOwn(POINT, fault)) {
    throw new InvalidSettingError('fault', fault, `one of ${Object.keys(POINT).join(', ')}`)
  }
  if (FIXED.has(fault) && before !== undefined && before !== POINT[fault]) {
    throw new InvalidSettingError(`before of ${fault}`, before, `'${POINT[fault]}', or left out`)
  }
  if (before !== undefined && !FAULT_POINTS.includes(before)) {
    const expected = `one of ${FAULT_POINTS.join(', ')}`
    throw new InvalidSettingError(`before of ${fault}`, before, expected)
  }
  if (occurrence !== undefined && !isCount(occurrence)) {
    throw new InvalidSettingError('occurrence', occurrence, 'an integer of 1 or more')
  }
  if (chance !== undefined && !(chance >= 0 && chance <= 1 && occurrence === undefined)) {
    throw new InvalidSettingError('chance', chance, '0 to 1, and without occurrence')
  }
  if (times !== undefined && !isCount(times) && times !== Infinity) {
    throw new InvalidSettingError('times', times, 'an integer of 1 or more, or Infinity')
  }
  if (fault === 'database restarted' && restart === undefined) {
    throw new InvalidSettingError('restart', restart, 'a function, for a database to be restarted')
  }
}

/** Refuses a seed that chance would take for another one. */
export function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed)) throw new InvalidSettingError('seed', seed, 'an integer')
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
