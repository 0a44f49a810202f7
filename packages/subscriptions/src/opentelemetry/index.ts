export { measured, type MeasuredOptions, measuredPage } from './measured.ts'
export { metricsObserver, type MetricsObserverOptions } from './metrics-observer.ts'
export {
  type MetadataPropagator,
  type TraceContextOptions,
  withTraceContext,
} from './trace-context.ts'
export { traced, type TracedOptions, tracedPage, type TracedPageOptions } from './traced.ts'
