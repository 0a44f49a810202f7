/** Vega's two colours of text: of labels and titles, and its default. */
const TEXT = ['#000', 'black']

/** Gives a drawing with a transparent ground text that is dark on light and light on dark. */
export function themed(svg: string): string {
  const texts = TEXT.map((color) => `text[fill="${color}"]`).join(',')
  const style = `<style>${texts}{fill:#1f2328}
@media (prefers-color-scheme:dark){${texts}{fill:#e6edf3}}</style>`
  const opening = /<svg[^>]*>/.exec(svg)?.[0]
  if (opening === undefined) throw new TypeError('this is no SVG')
  return `${svg.replace(opening, `${opening}\n${style}`)}\n`
}
