import type { Work } from '../harness/work.ts'
import { batch } from './batch.ts'
import { catchUp } from './catch-up.ts'
import { idleHundred } from './idle.ts'
import { idlePolls } from './idle-poll.ts'
import { bulkImport } from './import.ts'
import { latency } from './latency.ts'
import { groupPage } from './pages.ts'
import { pgliteBatch, pgliteRead, pgliteWrite } from './pglite.ts'
import { readCategory, readStream } from './read.ts'
import { transactional } from './transactional.ts'
import { writeExpected } from './write-expected.ts'
import { writeOne } from './write-one.ts'
import { groupCommit, writersEightCategories, writersOneCategory } from './writers.ts'

/** Every work that has a goal, in the order of the table. */
export const works: readonly Work[] = [
  writeOne,
  writeExpected,
  writersOneCategory,
  writersEightCategories,
  groupCommit,
  batch,
  bulkImport,
  readCategory,
  readStream,
  catchUp,
  transactional,
  latency,
  idleHundred,
  groupPage,
  idlePolls,
  pgliteWrite,
  pgliteBatch,
  pgliteRead,
]
