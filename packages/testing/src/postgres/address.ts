/** The address of another database of the same server. */
export function onDatabase(address: string, database: string): string {
  const url = new URL(address)
  url.pathname = `/${database}`
  return url.href
}

/** The same address for another role; a part that is `undefined` stays as it is. */
export function asRole(
  address: string,
  {
    user,
    password,
  }: { readonly user?: string | undefined; readonly password?: string | undefined },
): string {
  const url = new URL(address)
  if (user !== undefined) url.username = encodeURIComponent(user)
  if (password !== undefined) url.password = encodeURIComponent(password)
  return url.href
}

/** The database that an address names; `postgres`, which every server has, where it names none. */
export function databaseOf(address: string): string {
  return decodeURIComponent(new URL(address).pathname.slice(1)) || 'postgres'
}

/** The address as it may be shown: without its password. */
export function withoutPassword(address: string): string {
  const url = new URL(address)
  if (url.password !== '') url.password = '***'
  if (url.searchParams.has('password')) url.searchParams.set('password', '***')
  return url.href
}

/** Whether it is the address of a PostgreSQL server. */
export function isAddress(address: string): boolean {
  return URL.canParse(address) && /^postgres(?:ql)?:$/.test(new URL(address).protocol)
}
