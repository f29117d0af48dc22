// One drain of one peer, in a process of its own: node bench/peers/drain-one.mjs NAME URL JOBS
const [name, url, jobs] = process.argv.slice(2)
const { drain } = await import(`./${name}.mjs`)
const ms = await drain(url, Number(jobs))
console.log(JSON.stringify({ ms }))
// Some leave timers behind.
process.exit()
