/** @import { Connection } from '../model/connection.js' */
import { byId, setText } from '../dom/parts.js'
import { reach, reachTexts } from '../model/connection.js'

/**
 * @param {Connection} connection
 * @param {boolean} databaseLost
 */
export function showConnection(connection, databaseLost) {
  const reached = reach(connection, databaseLost)
  document.body.dataset['connection'] = reached
  setText(byId('connection', HTMLElement), reachTexts[reached])
}
