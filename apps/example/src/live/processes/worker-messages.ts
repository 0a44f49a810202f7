/** What a worker is told as it begins. */
export interface WorkerData {
  readonly id: string
  readonly processName: string
}

/** What a worker tells. */
export type FromWorker =
  | { readonly type: 'running' }
  | { readonly type: 'event'; readonly text: string }
