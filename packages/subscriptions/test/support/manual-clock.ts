export { jumpingClock, manualClock, type ManualClock } from '@mdb/testing'
