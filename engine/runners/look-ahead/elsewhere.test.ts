import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { temporary } from '../../../test/fixtures/folders.ts'
import { elsewhere } from './elsewhere.ts'

const root = temporary()
const HERE = '/home/someone/project'

test('the dataset is where it was, seen from the folder', async () => {
  const dataset = join(HERE, 'datasets', 'small')
  const place = await elsewhere(join(root, 'a'), HERE, [dataset], {})
  expect(relative(place.cwd, place.dataset)).toBe(relative(HERE, dataset))
  expect(existsSync(place.cwd)).toBe(true)
})

test('also one that lies outside of it, or is it', async () => {
  const outside = await elsewhere(join(root, 'b'), HERE, ['/data/small'], {})
  expect(relative(outside.cwd, outside.dataset)).toBe(join('datasets', 'small'))
  const itself = await elsewhere(join(root, 'c'), HERE, [HERE], {})
  expect(itself.dataset).toBe(itself.cwd)
})

test('no variable names the real folder or the real dataset', async () => {
  const place = await elsewhere(join(root, 'd'), HERE, [join(HERE, 'data'), '/data/more'], {
    PWD: HERE,
    INIT_CWD: HERE,
    HOME: '/home/someone',
    DATASET: `${HERE}/data`,
    LIST: `x:${HERE}/data:/data/more:${HERE}/runs`,
    LANG: 'C',
    UNSET: undefined,
  })
  for (const value of Object.values(place.env)) expect(value).not.toMatch(/someone|^\/data/)
  expect(place.env).toMatchObject({ PWD: place.cwd, DATASET: place.dataset, LANG: 'C' })
  expect(place.env.LIST).toBe(`x:${place.dataset}:${place.dataset}:${join(place.cwd, 'runs')}`)
})

test('a run from the root of the file system leaves other paths alone', async () => {
  const place = await elsewhere(join(root, 'e'), '/', ['/data/small'], { LIST: '/usr/bin:/data/small' })
  expect(place.env.LIST).toBe(`/usr/bin:${place.dataset}`)
})
