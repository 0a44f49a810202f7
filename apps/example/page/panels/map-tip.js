/** @import { AirportState } from '../../src/live/page-state.ts' */
import { byId, setText } from '../dom/parts.js'
import { airportLine } from '../model/airport-line.js'

/** The line beside the circle that is pointed at, within the map's frame. */
export function mapTip() {
  const tip = byId('tip', HTMLElement)
  return {
    /**
     * @param {{ x: number, y: number, r: number, airport: AirportState } | undefined} place
     * @param {SVGSVGElement} map
     */
    show: (place, map) => {
      tip.hidden = place === undefined
      map.classList.toggle('pointing', place !== undefined)
      if (place === undefined) return
      setText(tip, airportLine(place.airport))
      const scale = map.clientWidth / map.viewBox.baseVal.width
      const left = place.x * scale - tip.offsetWidth / 2
      const above = (place.y - place.r) * scale - tip.offsetHeight - 6
      const top = above < 0 ? (place.y + place.r) * scale + 6 : above
      const right = map.clientWidth - tip.offsetWidth
      tip.style.translate = `${Math.max(0, Math.min(right, left))}px ${top}px`
    },
  }
}
