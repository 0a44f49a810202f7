/** A file is none that `recordStore` has written, or not all of it. Nothing was loaded. */
export class StoreFileError extends Error {
  readonly code = 'STORE_FILE_INVALID'
  override readonly name = 'StoreFileError'
  readonly file: string

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file} cannot be loaded: ${reason}. Record the store again.`, options)
    this.file = file
  }
}

/** A store that has messages was to be loaded: their positions would collide. Nothing was loaded. */
export class StoreNotEmptyError extends Error {
  readonly code = 'STORE_NOT_EMPTY'
  override readonly name = 'StoreNotEmptyError'

  constructor() {
    super('The store has messages already. Load into a fresh one: `await server.createDatabase()`.')
  }
}
