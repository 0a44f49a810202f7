/** How effects are made: in the checkpoint's transaction, for each page or message, or outside it. */
export const MODES = ['page', 'message', 'at-least-once'] as const

export type Mode = (typeof MODES)[number]

export function toMode(text: string | undefined): Mode {
  const mode = MODES.find((each) => each === text)
  if (mode === undefined) throw new TypeError(`a mode is one of ${MODES.join(', ')}, not ${text}`)
  return mode
}
