/** @import { Command } from '../src/live/page-state.ts' */

/**
 * Asks the server for something. What comes of it is seen in the next state; that it was refused is
 * thrown, in the server's words.
 *
 * @param {Command} command
 * @returns {Promise<void>}
 */
export async function send(command) {
  const response = await fetch('commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(command),
  }).catch(() => {
    throw new Error('The server does not answer. Is it still running?')
  })
  if (response.ok) return
  const reason = await response.json().then(
    ({ error }) => String(error),
    () => `the server answered ${response.status}`,
  )
  throw new Error(`Could not ${command.command}: ${reason}`)
}
