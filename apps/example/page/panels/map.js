/** @import { AirportState, MapDrawing } from '../../src/live/page-state.ts' */
import { byId, setAttribute } from '../dom/parts.js'
import { delayClass, radius } from '../model/delay-class.js'
import { nearest } from '../model/nearest.js'
import { mapTip } from './map-tip.js'

const svg = 'http://www.w3.org/2000/svg'

/**
 * The map, a circle for each airport on it.
 *
 * @param {object} options
 * @param {MapDrawing} options.drawing
 * @param {(code: string) => void} options.choose
 */
export function mapPanel({ drawing, choose }) {
  const map = byId('map', SVGSVGElement)
  const layer = byId('circles', SVGGElement)
  const ring = byId('chosen', SVGCircleElement)
  setAttribute(map, 'viewBox', `0 0 ${drawing.width} ${drawing.height}`)
  setAttribute(byId('land', SVGPathElement), 'd', drawing.land)
  setAttribute(byId('borders', SVGPathElement), 'd', drawing.borders)

  /** @type {Map<string, { x: number, y: number, r: number, airport: AirportState, circle: Element }>} */
  const places = new Map()
  const tip = mapTip()

  /** @param {PointerEvent} event */
  const placeAt = (event) => {
    const inverse = map.getScreenCTM()?.inverse()
    if (inverse === undefined) return undefined
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(inverse)
    return nearest(places.values(), point, 6 * inverse.a)
  }
  map.addEventListener('pointermove', (event) => tip.show(placeAt(event), map))
  map.addEventListener('pointerleave', () => tip.show(undefined, map))
  map.addEventListener('click', (event) => {
    const place = placeAt(event)
    if (place !== undefined) choose(place.airport.code)
  })

  return {
    /** @param {Iterable<AirportState>} airports Those that changed. */
    update: (airports) => {
      for (const airport of airports) {
        const at = drawing.airports[airport.code]
        if (at === undefined) continue
        const circle = places.get(airport.code)?.circle ?? newCircle(layer, at)
        const r = radius(airport.arrivals)
        places.set(airport.code, { x: at[0], y: at[1], r, airport, circle })
        setAttribute(circle, 'r', String(r))
        setAttribute(circle, 'class', delayClass(airport))
        keepSmallOnTop(circle, r)
      }
    },
    /** @param {string} code */
    ring: (code) => {
      const place = places.get(code)
      setAttribute(ring, 'cx', String(place?.x ?? 0))
      setAttribute(ring, 'cy', String(place?.y ?? 0))
      setAttribute(ring, 'r', String(place === undefined ? 0 : place.r + 4))
    },
  }
}

/**
 * @param {Element} layer
 * @param {readonly [number, number]} at
 */
function newCircle(layer, [x, y]) {
  const circle = document.createElementNS(svg, 'circle')
  circle.setAttribute('cx', String(x))
  circle.setAttribute('cy', String(y))
  return layer.appendChild(circle)
}

/**
 * Those that are drawn later lie on top, so no small circle may come before a larger one.
 *
 * @param {Element} circle
 * @param {number} r
 */
function keepSmallOnTop(circle, r) {
  let before = circle.previousElementSibling
  while (before !== null && Number(before.getAttribute('r')) < r) {
    before = before.previousElementSibling
  }
  if (before === circle.previousElementSibling) return
  if (before === null) circle.parentElement?.prepend(circle)
  else before.after(circle)
}
