export {
  generateHistory,
  type HistoryMessage,
  type HistoryOptions,
} from './history/generate-history.ts'
export { StoreFileError, StoreNotEmptyError } from './history/errors.ts'
export { loadStore } from './history/load-store.ts'
export { recordStore } from './history/record-store.ts'
