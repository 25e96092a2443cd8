// A browser started in the POSIX locale calls its language `en-US@posix`, which `Intl` refuses with a RangeError: the chart
// library asks for it while it loads, and the page would stay empty. Runs before everything else.
;(() => {
  try {
    new Intl.NumberFormat(navigator.language)
  } catch {
    const language = String(navigator.language).split(/[@.]/)[0]
    const known = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language) ? language : 'en-US'
    Object.defineProperty(navigator, 'language', { value: known })
  }
})()
