/** Built-in objects whose contents JSON does not see: it makes `{}` of them, or an object of indices. */
const OPAQUE = new Set(
  [
    'Map Set WeakMap WeakSet WeakRef Promise RegExp Error DOMException ArrayBuffer SharedArrayBuffer',
    'URLSearchParams Headers FormData Blob File',
  ].flatMap((names) => names.split(' ')),
)

/** The kind of an object that JSON would empty, `undefined` for others. */
export function opaqueKind(value: object): string | undefined {
  // Most are plain, and need no more.
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return undefined
  // By the tag, which is the same in every realm and for subclasses.
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1)
  return OPAQUE.has(kind) || ArrayBuffer.isView(value) ? kind : undefined
}
