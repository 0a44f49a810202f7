/**
 * Draws at most once a frame, however often it is asked to; not at all while nobody looks.
 *
 * @param {() => void} draw
 * @returns {() => void} Asks for a drawing.
 */
export function onFrame(draw) {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      draw()
    })
  }
}
