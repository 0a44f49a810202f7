/** An error as a driver throws it. */
export function codedError(code: string, message = `failed with ${code}`): Error {
  return Object.assign(new Error(message), { code })
}
