import fc from 'fast-check'
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { embedJson, html, nothing, trusted } from './html.ts'

const { document } = new JSDOM('').window

test('whatever the text, a reader finds it unchanged and no element comes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const clean = text.replace(/[\0\r\ud800-\udfff]/g, '')
      document.body.innerHTML = `<p>${html`<b title="${clean}">${clean}</b>`.html}</p>`
      expect(document.querySelectorAll('p *')).toHaveLength(1)
      expect(document.querySelector('b')!.textContent).toBe(clean)
      expect(document.querySelector('b')!.getAttribute('title')).toBe(clean)
    }),
  )
})

test('markup of our own goes in as it is, lists in order, null as nothing', () => {
  expect(html`<ul>${['a', '<', html`<li>${1}</li>`]}</ul>${null}${nothing}${trusted('<hr>')}`.html).toBe(
    '<ul>a&lt;<li>1</li></ul><hr>',
  )
})

test('embedded data cannot end its script element and reads back equal', () => {
  const value = { slug: '</script><script>alert(1)</script><!--', more: ['\u2028', '&amp;', "'"] }
  const page = new JSDOM(embedJson('data', value).html).window.document
  expect(page.querySelectorAll('script')).toHaveLength(1)
  expect(JSON.parse(page.querySelector('script')!.textContent)).toEqual(value)
})
