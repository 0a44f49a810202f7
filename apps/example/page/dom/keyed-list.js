import { byId } from './parts.js'

/**
 * Keeps the children of an element as a list of items is: each is added from a template, changed in
 * place, moved and removed by its key, so that what has not changed is not touched.
 *
 * @template T
 * @param {object} options
 * @param {Element} options.list
 * @param {string} options.template The id of a `<template>` of one element.
 * @param {(item: T) => string} options.keyOf
 * @param {(element: HTMLElement, item: T) => void} [options.add] Once for each element: its listeners.
 * @param {(element: HTMLElement, item: T) => void} options.update
 * @returns {(items: readonly T[]) => void}
 */
export function keyedList({ list, template, keyOf, add, update }) {
  const content = byId(template, HTMLTemplateElement).content
  /** @type {Map<string, HTMLElement>} */
  let shown = new Map()

  return (items) => {
    const next = new Map(
      items.map((item) => [keyOf(item), shown.get(keyOf(item)) ?? create(content, item, add)]),
    )
    for (const [key, element] of shown) if (!next.has(key)) removeKeepingFocus(element)
    for (const [index, item] of items.entries()) {
      const element = next.get(keyOf(item))
      if (element === undefined) continue
      update(element, item)
      const there = list.children[index] ?? null
      if (there !== element) list.insertBefore(element, there)
    }
    shown = next
  }
}

/**
 * @template T
 * @param {DocumentFragment} content
 * @param {T} item
 * @param {((element: HTMLElement, item: T) => void) | undefined} add
 * @returns {HTMLElement}
 */
function create(content, item, add) {
  const element = content.firstElementChild?.cloneNode(true)
  if (!(element instanceof HTMLElement)) throw new TypeError('A template of a list has no element')
  add?.(element, item)
  return element
}

/** Who worked on it with the keyboard goes on at the heading above, not at the top of the page.
 *
 * @param {HTMLElement} element
 */
function removeKeepingFocus(element) {
  const heading = element.closest('section')?.querySelector('h2')
  if (element.contains(document.activeElement)) heading?.focus()
  element.remove()
}
