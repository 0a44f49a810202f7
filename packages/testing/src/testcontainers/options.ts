import type { Prepare } from '../prepare.ts'

/** How `startPostgresContainer` starts its container. */
export interface ContainerOptions {
  /** The image. Default is `postgres:18-alpine`. */
  readonly image?: string | undefined
  /**
   * The database of the image that has Message DB already, which every one is then a copy of, as
   * `message_store` where upstream's script has run. Default is none: Message DB is installed by us.
   */
  readonly template?: string | undefined
  /**
   * The password of `postgres`. Default is a random one, which an image takes that makes its cluster
   * when it starts; one that was built with data in it has the password that it was built with.
   */
  readonly password?: string | undefined
  /** Whether commits are flushed to disk (`fsync`). Default is `false`, which is faster. */
  readonly durable?: boolean | undefined
  /** More arguments for `postgres`, such as `['-c', 'max_connections=20']`. Default is none. */
  readonly postgresFlags?: readonly string[] | undefined
  /** Fills the database that every one is a copy of, once: your tables. Default is Message DB alone. */
  readonly prepare?: Prepare | undefined
}
