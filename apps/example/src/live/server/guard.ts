import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** What of a request tells who asks. */
export interface Asked {
  readonly host: string | undefined
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`, of browsers. */
  readonly site: string | undefined
}

/**
 * Why a request is not for us, if it is not: a page of somebody else must neither read nor command
 * this server. It would come under a name of its own, which its DNS may have turned to this machine
 * (an address cannot be turned), or with its own origin.
 */
export function refusalOf({ host, origin, site }: Asked, allowedName: string): string | undefined {
  const name = nameOf(host)
  if (name === undefined) return 'The header Host is missing or wrong'
  const isOurs =
    isIP(name) !== 0 || ['localhost', hostname().toLowerCase(), allowedName].includes(name)
  if (!isOurs) return `This server is not ${name}`
  if (origin !== undefined && origin !== `http://${host}`) return `Not for pages of ${origin}`
  if (site === 'cross-site' || site === 'same-site') return 'Not for pages of other sites'
  return undefined
}

function nameOf(host: string | undefined): string | undefined {
  const url = `http://${host}`
  if (host === undefined || !URL.canParse(url)) return undefined
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
}
