export {
  listenWakeUps,
  type ListenEvent,
  type ListeningClient,
  type ListenWakeUpsOptions,
  type ListenWakeUps,
} from './listen-wake-ups.ts'
export { pgNotifier, type PgNotifierOptions } from './pg-notifier.ts'
