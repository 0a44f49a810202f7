import { readFile } from 'node:fs/promises'
import { geoAlbersUsa, geoPath } from 'd3-geo'
import { feature, mesh } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import { readAirports, type Airport } from '../airports.ts'
import { dataFile } from '../data-file.ts'
import { readFlights } from '../flights.ts'
import type { MapDrawing } from './page-state.ts'

/** The file's map: the land and the states as objects of one topology. */
export type UsTopology = Topology<{ land: GeometryCollection; states: GeometryCollection }>

/** The map as the page draws it, from the files of vega-datasets: projected here, once. */
export async function readMap(): Promise<MapDrawing> {
  const [topology, airports, flights] = await Promise.all([
    readFile(dataFile('us-10m.json'), 'utf8').then((json) => JSON.parse(json) as UsTopology),
    readAirports(),
    readFlights(),
  ])
  const flownTo = new Set(flights.map(({ destination }) => destination))
  return drawMap(
    topology,
    airports.filter(({ code }) => flownTo.has(code)),
  )
}

export function drawMap(topology: UsTopology, airports: readonly Airport[]): MapDrawing {
  const { land, states } = topology.objects
  const [width, height] = [960, 600]
  // Only what is drawn makes the size: the file's land has islands that the projection leaves out.
  const projection = geoAlbersUsa().fitSize([width, height], feature(topology, states))
  const path = geoPath(projection).digits(1)
  const placed = airports.map(({ code, latitude, longitude }) => {
    const place = projection([longitude, latitude])
    return place === null ? [] : [[code, [round(place[0]), round(place[1])]] as const]
  })
  return {
    width,
    height,
    land: path(feature(topology, land)) ?? '',
    borders: path(mesh(topology, states, (a, b) => a !== b)) ?? '',
    airports: Object.fromEntries(placed.flat()),
  }
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
