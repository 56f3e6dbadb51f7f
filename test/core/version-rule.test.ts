import assert from 'node:assert/strict'
import { compareVersions, isVersion, parseVersionRule, selectVersions } from '../../src/core/version-rule.ts'

const VERSIONS = ['1.0.0', '1.9.0', '1.10.0', '2.0.0', '2.0', '0.0.1']

describe('version rules', () => {
  const versions: readonly (readonly [string, boolean])[] = [
    ['7', true],
    ['1.2.3.4', true],
    ['32767.0.0', true],
    ['32768.0.0', false],
    ['1.2.3.4.5', false],
    ['', false],
    ['1.', false],
    ['.1', false],
    ['v1', false],
    ['1.0.0+', false],
    ['-1', false],
    ['1 ', false],
  ]
  for (const [text, valid] of versions) {
    it(`${JSON.stringify(text)} is ${valid ? 'a' : 'no'} version`, () => assert.equal(isVersion(text), valid))
  }

  const orders: readonly (readonly [string, '<' | '=' | '>', string])[] = [
    ['1.9.0', '<', '1.10.0'],
    ['2', '=', '2.0.0'],
    ['2.0.0.1', '>', '2'],
    ['0.0.1', '<', '0.1'],
    ['10.0', '>', '9.9.9.9'],
  ]
  for (const [a, order, b] of orders) {
    it(`${a} ${order} ${b}`, () => {
      const difference = Math.sign(compareVersions(a, b))
      assert.equal({ '-1': '<', '0': '=', '1': '>' }[difference], order)
      assert.equal(Math.sign(compareVersions(b, a)), -difference || 0)
    })
  }

  const rules: readonly (readonly [string, readonly string[]])[] = [
    ['latest', ['2.0.0']],
    ['1.9.0', ['1.9.0']],
    ['2.0', ['2.0']],
    ['9.9.9', []],
    ['1.9.0+', ['1.9.0', '1.10.0', '2.0.0', '2.0']],
    ['0+', VERSIONS],
    ['0.0.0.0+', VERSIONS],
    ['1.0.0-2.0.0', ['1.0.0', '1.9.0', '1.10.0']],
    ['2.0.0-1.0.0', ['1.0.0', '1.9.0', '1.10.0']],
    ['1.9-1.10', ['1.9.0']],
    ['3.0-4.0', []],
  ]
  for (const [text, selected] of rules) {
    it(`${text} selects ${selected.join(', ') || 'nothing'}`, () => {
      const rule = parseVersionRule(text)
      assert.ok(rule)
      assert.deepEqual(
        selectVersions(rule, VERSIONS, version => version),
        selected,
      )
    })
  }

  it('selects nothing of nothing', () => assert.deepEqual(selectVersions({ kind: 'latest' }, [], String), []))

  for (const text of ['', '+', '-', 'newest', '1.0.0-', '-1.0.0', '1-2-3', '1.0.0++', 'latest+', '1.0.0 - 2.0.0']) {
    it(`${JSON.stringify(text)} is no rule`, () => assert.equal(parseVersionRule(text), undefined))
  }
})
