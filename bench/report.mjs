import { cpus, loadavg } from 'node:os'

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
export const whole = (value) => Math.round(value).toLocaleString('en-US')
export const load = () => loadavg()[0].toFixed(1)

export function printHead(server, { repeat, jobs, crowd }) {
  console.log(`${server}, Node ${process.versions.node}, ${cpus().length} CPUs, ${new Date().toISOString().slice(0, 16)}Z`)
  console.log(`jobs/s, medians of ${repeat}; drains of ${whole(jobs)} jobs, crowded by ${whole(crowd)} future and as many finished ones\n`)
  console.log('| measure | floor | product | ratio | target | | load | all runs |')
  console.log('|---|--:|--:|--:|--:|---|--:|---|')
}

/** `rates`: jobs/s of each run by side, the base of the ratio first. */
export function printMeasure({ title, sides: [base, side], target }, rates, loads) {
  const ratio = median(rates[side]) / median(rates[base])
  const verdict = ratio >= target ? 'met' : 'missed'
  const runs = [base, side].map((name) => `${name} ${rates[name].map(whole).join(' ')}`).join(' / ')
  const cells = [
    ...[`${title} (${base}, ${side})`, whole(median(rates[base])), whole(median(rates[side]))],
    ...[`${(ratio * 100).toFixed(0)} %`, `≥ ${target * 100} %`, verdict, loads.join(' to '), runs],
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
