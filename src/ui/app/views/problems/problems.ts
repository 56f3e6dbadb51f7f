import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { Badge, Empty, Failure, Loading } from '../../parts/basics.ts'
import { href } from '../../state/router.ts'
import { type Problem, verdictOf } from './find-problems.ts'
import { useWatched } from './use-problems.ts'

export function ProblemsView(): VNode {
  const { problems, peers, error } = useWatched()
  return html`
    <h1>Problems</h1>
    ${
      peers === undefined
        ? error === undefined
          ? html`<${Loading} />`
          : html`<${Failure} error=${error} />`
        : problems.length === 0
          ? html`<${Empty} icon="check" title=${verdictOf(problems)}><p>Every node is heard, no peer lacks anything, and nothing was refused.</p><//>`
          : html`<ul class="problems">${problems.map(problem => html`<${Card} key=${problem.id} problem=${problem} />`)}</ul>`
    }
  `
}

function Card({ problem }: { readonly problem: Problem }): VNode {
  const { tone, title, detail, remedy, link } = problem
  return html`
    <li class=${`problem ${tone}`}>
      <h2><${Badge} tone=${tone}>${tone === 'bad' ? 'Broken' : 'Warning'}<//> ${title}</h2>
      <p>${detail}</p>
      <p class="remedy"><b>What to do</b> ${remedy}</p>
      <p><a href=${href(link)}>Show</a></p>
    </li>
  `
}
