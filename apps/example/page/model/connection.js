/**
 * @typedef {'connecting' | 'open' | 'lost'} Connection To the server.
 * @typedef {Connection | 'database-lost'} Reach How far the page reaches.
 */

/** @type {Record<Reach, string>} */
export const reachTexts = {
  connecting: 'Connecting…',
  open: 'Connected',
  lost: 'Connection lost, trying again…',
  'database-lost': 'Database lost, trying again…',
}

/**
 * The server may be there, and its database not.
 *
 * @param {Connection} connection
 * @param {boolean} databaseLost
 * @returns {Reach}
 */
export const reach = (connection, databaseLost) =>
  connection === 'open' && databaseLost ? 'database-lost' : connection
