/**
 * @import { AirportState, PageState } from '../src/live/page-state.ts'
 * @import { Connection } from './model/connection.js'
 */

const reopenAfter = 2_000

/**
 * Listens to the server for as long as the page is open. The browser connects again by itself, but
 * for an answer that it takes as final; then this does.
 *
 * @param {object} listener
 * @param {(state: PageState) => void} listener.onState
 * @param {(airports: AirportState[]) => void} listener.onAirports
 * @param {(connection: Connection) => void} listener.onConnection
 */
export function openFeed(listener) {
  const source = new EventSource('events')
  source.addEventListener('open', () => listener.onConnection('open'))
  source.addEventListener('error', () => {
    listener.onConnection('lost')
    if (source.readyState === EventSource.CLOSED) setTimeout(openFeed, reopenAfter, listener)
  })
  source.addEventListener('state', ({ data }) => {
    listener.onState(/** @type {PageState} */ (JSON.parse(String(data))))
  })
  source.addEventListener('airports', ({ data }) => {
    listener.onAirports(/** @type {AirportState[]} */ (JSON.parse(String(data))))
  })
}
