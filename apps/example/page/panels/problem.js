import { byId, setText } from '../dom/parts.js'

/** What the server refused, until it is closed or the next request goes well. */
export function problemBar() {
  const bar = byId('problem', HTMLElement)
  const close = () => {
    bar.hidden = true
  }
  byId('problem-close', HTMLButtonElement).addEventListener('click', close)
  return {
    close,
    /** @param {unknown} error */
    show: (error) => {
      setText(
        byId('problem-text', HTMLElement),
        error instanceof Error ? error.message : String(error),
      )
      bar.hidden = false
    },
  }
}
