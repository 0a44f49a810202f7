export { matchers, type MatcherResult, type MessageStoreMatchers } from './matchers/matchers.ts'
