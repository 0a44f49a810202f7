/** Where the primary's log ends, and how its pages are laid out. */
export interface LogEnd {
  /** The log sequence number at which the next record will begin, as PostgreSQL writes it. */
  readonly insertAt: string
  readonly blockSize: number
  readonly segmentSize: number
}

const PAGE_HEADER = 24n
const SEGMENT_HEADER = 40n

/**
 * Where the last record ends. That differs from where the next begins when a page is exactly full:
 * the next one begins behind the header of a page that nothing has been written to, and a standby
 * would not get there before something is.
 */
export function endOfLastRecord({ insertAt, blockSize, segmentSize }: LogEnd): string {
  const position = parseLsn(insertAt)
  const isSegment = position % BigInt(segmentSize) === SEGMENT_HEADER
  const header = isSegment ? SEGMENT_HEADER : PAGE_HEADER
  const isBehindHeader = position % BigInt(blockSize) === header
  return isBehindHeader ? formatLsn(position - header) : insertAt
}

function parseLsn(lsn: string): bigint {
  const [high = '', low = ''] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

function formatLsn(position: bigint): string {
  const high = position >> 32n
  const low = position & 0xffffffffn
  return `${high.toString(16)}/${low.toString(16)}`.toUpperCase()
}
