/** @import { PageEvent, PageState } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, setPart, setText } from '../dom/parts.js'
import { clockTime } from '../model/format.js'

const announceAtMostEvery = 2_000

/**
 * What was done, the newest on top; who hears the page is told the newest, not each of many.
 *
 * @returns {(state: PageState, now: number) => void}
 */
export function eventsPanel() {
  const announced = byId('announced', HTMLElement)
  let announcedAt = 0
  /** @type {(items: readonly PageEvent[]) => void} */
  const rows = keyedList({
    list: byId('events', HTMLElement),
    template: 'event',
    keyOf: ({ at, text }) => `${at} ${text}`,
    update: (row, { at, text }) => {
      setPart(row, 'time', clockTime(at))
      setPart(row, 'text', text)
    },
  })
  return ({ events }, now) => {
    rows(events.toReversed())
    const newest = events.at(-1)
    if (newest === undefined || now - announcedAt < announceAtMostEvery) return
    if (announced.textContent !== newest.text) announcedAt = now
    setText(announced, newest.text)
  }
}
