import { PGlite } from '@electric-sql/pglite'
import { writeFileSync } from 'node:fs'
const t=async(n,f)=>{const s=performance.now();const r=await f();console.log(n,(performance.now()-s).toFixed(0));return r}
const p=await t('fresh',async()=>{const p=new PGlite();await p.waitReady;return p})
const p2=await t('fresh2',async()=>{const p=new PGlite();await p.waitReady;return p})
const d=await t('dump none',()=>p.dumpDataDir('none'))
const g=await t('dump gzip',()=>p.dumpDataDir('gzip'))
console.log(d.size,g.size)
writeFileSync('/tmp/none.tar',Buffer.from(await d.arrayBuffer()))
await t('load none',async()=>{const q=new PGlite({loadDataDir:d});await q.waitReady;await q.query('select 1');return q})
await t('load none2',async()=>{const q=new PGlite({loadDataDir:d});await q.waitReady;return q})
await t('load gz',async()=>{const q=new PGlite({loadDataDir:g});await q.waitReady;return q})
await t('clone',async()=>{const q=await p.clone();return q})
console.log(process.memoryUsage().rss/1e6)
