/** @import { Connection } from '../feed.js' */
import { byId, setText } from '../dom/parts.js'

/** @type {Record<Connection, string>} */
const texts = {
  connecting: 'Connecting…',
  open: 'Connected',
  lost: 'Connection lost, trying again…',
}

/** @param {Connection} connection */
export function showConnection(connection) {
  document.body.dataset['connection'] = connection
  setText(byId('connection', HTMLElement), texts[connection])
}
