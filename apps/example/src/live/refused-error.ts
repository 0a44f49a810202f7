/** Asked for what cannot be done, as things are. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}
