// The page: what the server tells goes into one state, which is drawn once a frame.

/**
 * @import { AirportState, Command, MapDrawing, PageState } from '../src/live/page-state.ts'
 * @import { Connection } from './model/connection.js'
 * @import { Histories } from './model/histories.js'
 */
import { onFrame } from './dom/on-frame.js'
import { byId, setText } from './dom/parts.js'
import { openFeed } from './feed.js'
import { remember } from './model/histories.js'
import { airportPanel } from './panels/airport.js'
import { allAirportsTable } from './panels/all-airports.js'
import { brokenPanel } from './panels/broken.js'
import { showConnection } from './panels/connection.js'
import { discardDialog } from './panels/discard-dialog.js'
import { eventsPanel } from './panels/events.js'
import { groupPanel } from './panels/group.js'
import { showLegend } from './panels/legend.js'
import { mapPanel } from './panels/map.js'
import { membersPanel } from './panels/members.js'
import { parkedPanel } from './panels/parked.js'
import { problemBar } from './panels/problem.js'
import { processesPanel } from './panels/processes.js'
import { replayPanel } from './panels/replay.js'
import { totalsPanel } from './panels/totals.js'
import { worstTable } from './panels/worst.js'
import { send } from './send.js'

const problem = problemBar()
/**
 * Resolves when the server has answered, whatever it was; a refusal is shown.
 *
 * @param {Command} command
 */
const ask = (command) => send(command).then(problem.close, problem.show)

/** @type {Connection} */
let connection = 'connecting'
/** @type {PageState | undefined} */
let state
/** @type {Map<string, AirportState>} */
const airports = new Map()
/** @type {Set<AirportState>} */
const changed = new Set()
/** @type {Histories} */
let histories = new Map()
let chosen = 'ORD'

const map = mapPanel({ drawing: await loadMap(), choose })
const airport = airportPanel({ ask, choose })
const members = membersPanel()
const events = eventsPanel()
const allAirports = allAirportsTable(() => draw())
const panels = [
  replayPanel(ask),
  totalsPanel(),
  groupPanel(ask),
  processesPanel(ask),
  brokenPanel(ask),
  parkedPanel(ask, discardDialog()),
  worstTable(),
]
showLegend()

const draw = onFrame(() => {
  showConnection(connection, state?.databaseLost ?? false)
  map.update(changed)
  changed.clear()
  map.ring(chosen)
  airport.offer(airports, chosen)
  airport.update(airports.get(chosen), state?.broken.includes(chosen) ?? false)
  allAirports(airports)
  if (state === undefined) return
  setText(byId('database', HTMLElement), `on ${state.database}`)
  for (const panel of panels) panel(state)
  members(state, histories, Date.now())
  events(state, Date.now())
})

/**
 * Without its map the page is of use still.
 *
 * @returns {Promise<MapDrawing>}
 */
async function loadMap() {
  try {
    const response = await fetch('map.json')
    return /** @type {MapDrawing} */ (await response.json())
  } catch (error) {
    problem.show(error)
    return { width: 960, height: 600, land: '', borders: '', airports: {} }
  }
}

/** @param {string} code */
function choose(code) {
  chosen = code
  draw()
}

openFeed({
  onConnection: (next) => {
    connection = next
    draw()
  },
  onState: (next) => {
    state = next
    histories = remember(histories, next.group.members, Date.now())
    draw()
  },
  onAirports: (those) => {
    for (const each of those) {
      airports.set(each.code, each)
      changed.add(each)
    }
    draw()
  },
})

// The plots move on while nothing comes.
setInterval(() => {
  if (state === undefined) return
  histories = remember(histories, state.group.members, Date.now())
  draw()
}, 1_000)
