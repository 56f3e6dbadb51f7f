import type { WhyReport } from '../../core/why/facts.ts'
import { EXIT } from '../cli-error.ts'
import type { Action } from '../run.ts'

export interface WhyOptions {
  readonly from?: string
  readonly env?: string
  readonly app?: string
  readonly serviceVersion?: string
  readonly consumer?: string
  readonly unreachable?: string
}

/** Why readers at this node see a service, or do not. Exit code 0 when they do, 1 when they do not. */
export const why: Action<WhyOptions> = async ({ client, out }, options, [service = '']) => {
  const report = await client.v4<WhyReport>('GET', '/admin/why', {
    query: {
      service,
      from: options.from,
      env: options.env,
      appId: options.app,
      version: options.serviceVersion,
      consumerId: options.consumer,
      unreachable: options.unreachable,
    },
  })
  const code = report.visible ? EXIT.OK : EXIT.NO
  if (out.isForPrograms) {
    await out.data(report)
    return code
  }
  out.line(report.visible ? out.styled('good', 'VISIBLE') : out.styled('bad', `NOT VISIBLE (${report.cause})`))
  out.sentence(report.summary)
  if (report.chain.length > 0) out.line()
  for (const [i, { ok, text }] of report.chain.entries()) {
    const number = `${String(i + 1).padStart(3)}. `
    const [style, word] = ok ? (['good', 'ok '] as const) : (['bad', 'NO '] as const)
    out.sentence(text, { plain: `${number}${word} `, shown: `${number}${out.styled(style, word)} ` })
  }
  if (report.next === '') return code
  out.line()
  out.sentence(report.next, { plain: 'Next: ', shown: `${out.styled('bold', 'Next:')} ` })
  return code
}
