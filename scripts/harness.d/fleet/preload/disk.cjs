'use strict'
// Loaded into a node by the harness, never in production, where no small file system can be mounted: while the file that
// HARNESS_DISK_FULL names exists, writes below HARNESS_DISK fail as on a full disk.
const fs = require('node:fs')
const promises = require('node:fs/promises')
const { resolve, sep } = require('node:path')

const { HARNESS_DISK: disk, HARNESS_DISK_FULL: full } = process.env

function refusal(call) {
  return Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), {
    code: 'ENOSPC',
    errno: -28,
    syscall: call,
  })
}

if (disk !== undefined && full !== undefined) {
  const root = resolve(disk) + sep
  const open = promises.open
  const within = path => resolve(String(path)).startsWith(root)
  const limited = async (path, flags, mode) => {
    const handle = await open(path, flags, mode)
    if (!within(path)) return handle
    for (const name of ['write', 'writev', 'writeFile', 'appendFile']) {
      const real = handle[name].bind(handle)
      handle[name] = async (...given) => {
        if (fs.existsSync(full)) throw refusal('write')
        return real(...given)
      }
    }
    return handle
  }
  promises.open = limited
  fs.promises.open = limited
  require('node:module').syncBuiltinESMExports()
}
