/**
 * @import { MemberState, PageState } from '../../src/live/page-state.ts'
 * @import { Histories } from '../model/histories.js'
 * @import { Sample } from '../model/history.js'
 */
import { keyedList } from '../dom/keyed-list.js'
import { byId, part, setAttribute, setPart, setText } from '../dom/parts.js'
import { areaPath, linePath, mostOf } from '../model/history.js'
import { historiesOf } from '../model/histories.js'
import {
  lagText,
  memberStates,
  mostText,
  ownerText,
  positionText,
  rateText,
} from '../model/member.js'

/**
 * A card for each member of the group: whose it is, where it stands, and the last minute of it.
 *
 * @returns {(state: PageState, histories: Histories, now: number) => void}
 */
export function membersPanel() {
  const list = byId('members', HTMLElement)
  /** @type {(items: readonly { member: MemberState, histories: Histories, now: number }[]) => void} */
  const cards = keyedList({
    list,
    template: 'member',
    keyOf: ({ member }) => String(member.member),
    update: (card, { member, histories, now }) => {
      setPart(card, 'name', `Member ${member.member}`)
      setPart(card, 'state', memberStates[member.state])
      setAttribute(part(card, 'state', HTMLElement), 'data-state', member.state)
      showOwner(part(card, 'owner', HTMLElement), ownerText(member.owner))
      setPart(card, 'position', positionText(member.position))
      setPart(card, 'lag', lagText(member))
      setPart(card, 'rate', rateText(member.rate))
      const { position, lag, rate } = historiesOf(histories, member.member)
      draw(card, 'position', position, { now, least: position[0]?.value ?? 0, range: 1 })
      draw(card, 'lag', lag, { now, ...ranges.lag })
      draw(card, 'rate', rate, { now, ...ranges.rate })
      setPart(card, 'lag-most', mostText(mostOf(lag, ranges.lag)))
      setPart(card, 'rate-most', mostText(mostOf(rate, ranges.rate)))
    },
  })
  return ({ group }, histories, now) =>
    cards(group.members.map((member) => ({ member, histories, now })))
}

/** What index.html gives the plots. */
const size = { width: 120, height: 24 }
/** So high at least that a lag of some messages is no mountain. */
const ranges = { lag: { least: 0, range: 20 }, rate: { least: 0, range: 10 } }

/**
 * @param {Element} card
 * @param {string} name
 * @param {readonly Sample[]} samples
 * @param {{ now: number, least: number, range: number }} bounds
 */
function draw(card, name, samples, bounds) {
  const line = linePath(samples, { ...size, ...bounds })
  setAttribute(part(card, `${name}-line`, SVGPathElement), 'd', line)
  setAttribute(part(card, `${name}-area`, SVGPathElement), 'd', areaPath(line, size))
}

/**
 * A take-over is what one waits to see, so it lights up for a moment.
 *
 * @param {HTMLElement} owner
 * @param {string} text
 */
function showOwner(owner, text) {
  if (owner.textContent === text) return
  if (owner.textContent !== '' && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
    owner.animate({ backgroundColor: ['var(--warn-ground)', 'transparent'] }, 2_000)
  }
  setText(owner, text)
}
