const planted = `# Planted
[gone](https://planted.example/404) and [never well](https://planted.example/503-always)
[no file](nothing.md)
[no heading](#nothing)
`
const good = `# Good
[planted](planted/broken.md#planted) and [itself](#good)
[slow](https://planted.example/silent-once)
[ill](https://planted.example/503-twice)
[busy](https://planted.example/429-once)
`
const pages = Array.from({ length: 40 }, (_, page) => `- https://planted.example/good?${String(page)}`).join('\n')
/** What is checked: links that are well, some after a while, and the planted ones. */
export const files = {
  'README.md': good,
  'docs/again.md': good.replaceAll('planted/', '../planted/'),
  'docs/pages.md': pages,
  'planted/broken.md': planted,
}

/** What is said of `files`. */
export const report = `No broken links.

Planted to be found, 4 broken links:
  planted/broken.md:2  https://planted.example/404  HTTP 404
  planted/broken.md:2  https://planted.example/503-always  HTTP 503
  planted/broken.md:3  nothing.md  no such file
  planted/broken.md:4  #nothing  no such heading
`
