/** One file that needs nothing else: it can be mailed, archived, and opened anywhere. */
import { KINDS } from '../judge/figures.ts'
import type { Judgement, Verdict } from '../judge/judge.ts'
import { bytesText, seconds } from '../scenario/units.ts'
import { FAULT_KINDS, type Series } from './series.ts'
import { colour, dotChart, escapeHtml, faultChart, lineChart } from './svg.ts'

const STYLE = `
:root{color-scheme:light dark;--ink:#1d232b;--paper:#fff;--soft:#5c6773;--rule:#d9dee4;--good:#1a7f4b;--bad:#c02d2d}
@media(prefers-color-scheme:dark){:root{--ink:#e3e7ec;--paper:#14181d;--soft:#98a3af;--rule:#323a44;--good:#4cc38a;--bad:#ff7b72}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1060px;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:0}h2{margin:2.2rem 0 .4rem;font-size:1.15rem}p{margin:.4rem 0}.soft{color:var(--soft)}
.held{color:var(--good)}.broken{color:var(--bad)}.banner{font-weight:600;font-size:1.1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
td.n,th.n{text-align:right}td.n,td.w{white-space:nowrap}ol{columns:2;margin:.3rem 0}li{break-inside:avoid}.evidence{white-space:pre-wrap;font:12.5px/1.5 ui-monospace,monospace}
svg{display:block}.grid{stroke:var(--rule)}.tick,.label{fill:var(--soft);font-size:11px}.number{fill:var(--ink);font-size:9px}
.step,.starting{fill:var(--rule)}.band{fill:#8a5cd1;fill-opacity:.1}.down{fill:#d64545}.paused{fill:#c58f1d}.cut{fill:#8a5cd1}.slow{fill:#3f8fd1}
.dots circle{fill:#3f8fd1;fill-opacity:.55}.line{fill:none;stroke-width:1.4}.truth{fill:none;stroke:var(--soft);stroke-width:4;stroke-opacity:.35}
.key span{display:inline-block;margin-right:1rem}.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.3rem;vertical-align:-1px}
`

export function renderHtml(judgement: Judgement, series: Series): string {
  const { meta, held } = judgement
  const banner = held
    ? '<span class="held">Everything held.</span>'
    : '<span class="broken">Not everything held.</span>'
  const incomplete = meta.complete ? '' : ' <span class="broken">The run was not completed.</span>'
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(meta.scenario)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(meta.scenario)}</h1>
<p>${escapeHtml(meta.about)}</p>
<p class="banner">${banner}${incomplete}</p>
<p class="soft">${escapeHtml(`${meta.startedAt}, ${seconds(meta.endedMs)}, ${meta.nodes.length} nodes; commit ${meta.commit}; ${meta.machine}`)}</p>
<p>Applications (real HTTP clients) wrote down each request that they sent and each answer that they got; observers asked
every node for all services, again and again. What follows is computed from these logs alone: what nodes think of themselves
counts for nothing.</p>
${verdictTable(judgement.verdicts)}
${charts(judgement, series)}
${trafficTable(judgement)}
${countTable(judgement)}
</body></html>
`
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, value, limit, unit, held, says, invariants, evidence }) => {
    const mark =
      held === undefined ? '<td class="soft">&nbsp;' : held ? '<td class="held">held' : '<td class="broken">broken'
    const bound = limit === undefined ? '' : `at most ${limit} ${unit}`
    const from = invariants.length === 0 ? '' : `invariant ${invariants.join(', ')}`
    const proof = held === false ? `<div class="evidence">${escapeHtml(evidence.join('\n'))}</div>` : ''
    return `<tr>${mark}</td><td>${name}</td><td class="n">${value} ${unit}</td><td class="w">${bound}</td><td>${escapeHtml(says)} <span class="soft">${from}</span>${proof}</td></tr>`
  })
  return `<table><tr><th></th><th></th><th class="n">measured</th><th>allowed</th><th>meaning</th></tr>${rows.join('')}</table>`
}

function charts({ propagationMs }: Judgement, series: Series): string {
  const key = Object.keys(series.memory).map(
    (name, i) => `<span><i style="background:${colour(i)}"></i>${escapeHtml(name)}</span>`,
  )
  const kinds = FAULT_KINDS.map(
    kind =>
      `<span><svg width="12" height="12" style="display:inline"><rect class="${kind}" width="12" height="12"/></svg> ${kind}</span>`,
  )
  const { p50, p90, p99, max, count } = propagationMs
  const numbers = `${count} sightings by nodes that were connected all the time: p50 ${p50.toFixed(1)}, p90 ${p90.toFixed(1)}, p99 ${p99.toFixed(1)}, most ${max.toFixed(1)} ms`
  const section = (title: string, text: string, chart: string): string =>
    `<h2>${title}</h2><p class="soft">${text}</p>${chart}`
  return [
    section(
      'What was done and broken',
      `Steps are numbered, and listed below. While anything is broken, all charts are shaded.<br><span class="key">${kinds.join('')}</span>`,
      faultChart(series),
    ),
    `<ol class="soft">${series.steps.map(({ text, from }) => `<li>${escapeHtml(text)} (${from.toFixed(1)} s)</li>`).join('')}</ol>`,
    section(
      'From a registration to its being seen at another node',
      numbers,
      dotChart(series, 'Propagation over time', 'ms'),
    ),
    `<p class="key">${key.join('')}</p>`,
    section(
      'Visible instances by node',
      'The broad grey line counts those that live, as their own clients know. One that dies is visible for its lease.',
      lineChart(series.visible, series, {
        title: 'Visible instances by node',
        unit: '',
        stepped: true,
        truth: series.living,
      }),
    ),
    section(
      'Sent by each node',
      'On the wire, encryption and all.',
      lineChart(series.traffic, series, { title: 'Traffic by node', unit: 'KB/s', stepped: false }),
    ),
    section(
      'Resident memory',
      'Of each node’s process.',
      lineChart(series.memory, series, { title: 'Memory by node', unit: 'MB', stepped: false }),
    ),
    section(
      'Event loop',
      'Delay of the event loop, p99.9 of each second.',
      lineChart(series.eventLoop, series, { title: 'Event-loop delay by node', unit: 'ms', stepped: false }),
    ),
  ].join('\n')
}

function trafficTable({ traffic }: Judgement): string {
  const rows = traffic.map(({ from, to, wireBytes, kinds }) => {
    const cells = Object.values(kinds).map(
      ({ bytes, frames }) => `<td class="n">${bytesText(bytes)}</td><td class="n">${frames}</td>`,
    )
    return `<tr><td>${escapeHtml(from)} → ${escapeHtml(to)}</td><td class="n">${bytesText(wireBytes)}</td>${cells.join('')}</tr>`
  })
  const heads = Object.keys(KINDS).map(kind => `<th class="n">${kind}</th><th class="n">frames</th>`)
  const kinds = Object.entries(KINDS).map(([kind, carries]) => `${kind}: ${carries}`)
  return `<h2>Traffic by link and kind</h2><p class="soft">On the wire as it passed the proxy; by kind as the sending node counts its own frames, before encryption. ${kinds.join('; ')}.</p>
<table><tr><th></th><th class="n">wire</th>${heads.join('')}</tr>${rows.join('')}</table>`
}

function countTable({ counts }: Judgement): string {
  const rows = Object.entries(counts).map(
    ([what, count]) => `<tr><td>${escapeHtml(what)}</td><td class="n">${count}</td></tr>`,
  )
  return `<h2>What clients did</h2><table>${rows.join('')}</table>`
}
