import { readFile } from 'node:fs/promises'
import { dataFile } from './data-file.ts'

/** One flight of the file. The file gives no number; its line does, and never changes. */
export interface Flight {
  readonly number: number
  readonly departedAt: string
  readonly origin: string
  readonly destination: string
  readonly distance: number
  /** Minutes late on arrival; negative when early. */
  readonly delay: number
}

interface FlightRecord {
  date: string
  delay: number
  distance: number
  origin: string
  destination: string
}

/** The real US flights of early 2001 that come with vega-datasets, in the order they departed. */
export async function readFlights(): Promise<Flight[]> {
  return parseFlights(await readFile(dataFile('flights-20k.json'), 'utf8'))
}

export function parseFlights(json: string): Flight[] {
  const records = JSON.parse(json) as FlightRecord[]
  return records.map(({ date, ...flight }, index) => ({
    number: index + 1,
    departedAt: date,
    ...flight,
  }))
}
