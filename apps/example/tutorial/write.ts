// Writes the excerpts of the sources into TUTORIAL.md anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { withExcerpts } from './excerpts.ts'

const root = `${import.meta.dirname}/..`
const guide = `${root}/TUTORIAL.md`
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')
writeFileSync(guide, withExcerpts(readFileSync(guide, 'utf8'), read))
