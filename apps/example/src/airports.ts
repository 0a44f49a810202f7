import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { dataFile } from './data-file.ts'

export interface Airport {
  readonly code: string
  readonly name: string
  readonly city: string
  readonly state: string
  readonly latitude: number
  readonly longitude: number
}

export async function readAirports(): Promise<Airport[]> {
  return parseAirports(await readFile(dataFile('airports.csv'), 'utf8'))
}

export function parseAirports(csv: string): Airport[] {
  const records: Record<string, string>[] = parse(csv, { columns: true, skip_empty_lines: true })
  return records.map(({ iata = '', name = '', city = '', state = '', latitude, longitude }) => ({
    code: iata,
    name,
    city,
    state,
    latitude: Number(latitude),
    longitude: Number(longitude),
  }))
}
