/** @import { Command, PageState } from '../../src/live/page-state.ts' */
import { byId, setText } from '../dom/parts.js'
import { sizeText } from '../model/group.js'

const sizes = [2, 3, 4, 5, 6, 8]

/**
 * What is done to the group as a whole.
 *
 * @param {(command: Command) => unknown} ask
 * @returns {(state: PageState) => void}
 */
export function groupPanel(ask) {
  const pause = byId('pause', HTMLButtonElement)
  const size = byId('size', HTMLSelectElement)
  const resizing = byId('resizing', HTMLElement)
  size.replaceChildren(...sizes.map((size) => new Option(String(size), String(size))))
  size.value = '6'
  pause.addEventListener('click', () =>
    ask({ command: pause.dataset['paused'] === 'true' ? 'resume' : 'pause' }),
  )
  byId('resize', HTMLButtonElement).addEventListener('click', () =>
    ask({ command: 'resize group', size: Number(size.value) }),
  )
  return ({ group }) => {
    pause.dataset['paused'] = String(group.paused)
    setText(pause, group.paused ? 'Resume' : 'Pause')
    setText(resizing, sizeText(group))
  }
}
