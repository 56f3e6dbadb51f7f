'use strict'
// Loaded into a node by the harness, never in production: moves what the node takes for the wall clock. The offset in
// milliseconds stands in the file that HARNESS_CLOCK names, and is read at the start and at each SIGUSR2.
const { readFileSync } = require('node:fs')

const file = process.env.HARNESS_CLOCK
const RealDate = Date
const realNow = RealDate.now.bind(RealDate)
let offsetMs = 0

function read() {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0
  } catch {
    offsetMs = 0
  }
}

class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(realNow() + offsetMs)
    else super(...given)
  }

  static now() {
    return realNow() + offsetMs
  }
}

if (file !== undefined) {
  read()
  process.on('SIGUSR2', read)
  globalThis.Date = ShiftedDate
}
