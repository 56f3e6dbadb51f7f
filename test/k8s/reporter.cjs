/** Mocha's list, and below it one plain line that scripts can add up. */
'use strict'
const { reporters } = require('mocha')

class Summed extends reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures } = this.stats
    console.log(`${passes} passed, ${failures} failed`)
  }
}

module.exports = Summed
