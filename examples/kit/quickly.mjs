// An example at another pace: its files scraped and evaluated every second, no alert waiting longer than a moment or some seconds. What takes
// minutes and hours in production is seen within a minute; nothing else of the files is changed. Counts within a time
// (`increase`) keep it: their thresholds would not be reached otherwise.

/** Text of a file of an example, told by its path below the example's folder. Files that say nothing of time stay as they are. */
export function quickly(text, file) {
  if (file === 'binnacle.yml')
    return text.replace(/after: (\d+)(m|h)/g, (_all, n, unit) => `after: ${inMinutes(n, unit)}s`)
  if (file === 'prometheus.yml') return text.replace(/(scrape|evaluation)_interval: 5s/g, '$1_interval: 1s')
  if (file === 'alertmanager.yml') return text.replace(/(group_wait|group_interval): \d+[sm]/g, '$1: 1s')
  if (!file.startsWith('rules')) return text
  return (
    text
      .replace(/^( +)interval: \d+s/gm, '$1interval: 1s')
      .replace(/^( +)for: (\d+)m/gm, '$1for: $2s')
      // Of two alerts of one symptom the critical one, with the shorter window, speaks first.
      .replace(/((?:rate|_over_time)\([^[\]]*)\[(\d+)(m|h)\]/g, (_all, before, n, unit) => {
        const minutes = inMinutes(n, unit)
        return `${before}[${minutes === 1 ? '10s' : minutes === 60 ? '30s' : '1m'}]`
      })
  )
}

const inMinutes = (n, unit) => Number(n) * (unit === 'h' ? 60 : 1)
