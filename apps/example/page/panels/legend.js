import { keyedList } from '../dom/keyed-list.js'
import { byId, part, setAttribute, setPart } from '../dom/parts.js'
import { delayClasses } from '../model/delay-class.js'

export function showLegend() {
  /** @type {(items: readonly (typeof delayClasses[number])[]) => void} */
  const items = keyedList({
    list: byId('legend', HTMLElement),
    template: 'legend-item',
    keyOf: ({ name }) => name,
    update: (item, { name, text }) => {
      setAttribute(part(item, 'swatch', HTMLElement), 'class', `swatch ${name}`)
      setPart(item, 'text', text)
    },
  })
  items(delayClasses)
}
