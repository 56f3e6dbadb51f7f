/** Where the process begins. Scripts ask for the version often: it is said before anything else is loaded. */
import { VERSION } from './version.ts'

const main = async (): Promise<void> => {
  const [first, ...more] = process.argv.slice(2)
  if (more.length === 0 && (first === 'version' || first === '--version')) {
    process.stdout.write(`${VERSION}\n`)
    return
  }
  const { runCommandLine } = await import('./command-line.ts')
  await runCommandLine()
}

// No await at the top level: the launcher loads this file with require.
void main()
