// Abbreviations that the time zone database has in letters, by offset; elsewhere it has the offset itself ("+04").
// Source: time zone database, 2025. Names are the canonical ones of Intl.

/** Abbreviations with their offsets, then the zones that use them. */
const groups: readonly (readonly [string, string])[] = [
  ['ACST +0930 ACDT +1030', 'Australia/Adelaide Australia/Broken_Hill'],
  ['ACST +0930', 'Australia/Darwin'],
  [
    'ADT -0300 AST -0400',
    'America/Glace_Bay America/Goose_Bay America/Halifax America/Moncton America/Thule Atlantic/Bermuda',
  ],
  ['AEST +1000 AEDT +1100', 'Antarctica/Macquarie Australia/Hobart Australia/Melbourne Australia/Sydney'],
  ['AEST +1000', 'Australia/Brisbane Australia/Lindeman'],
  [
    'AKDT -0800 AKST -0900',
    'America/Anchorage America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat',
  ],
  [
    'AST -0400',
    'America/Anguilla America/Antigua America/Aruba America/Barbados America/Blanc-Sablon America/Curacao America/Dominica America/Grenada America/Guadeloupe America/Kralendijk America/Lower_Princes America/Marigot America/Martinique America/Montserrat America/Port_of_Spain America/Puerto_Rico America/Santo_Domingo America/St_Barthelemy America/St_Kitts America/St_Lucia America/St_Thomas America/St_Vincent America/Tortola',
  ],
  ['AWST +0800', 'Australia/Perth'],
  [
    'CAT +0200',
    'Africa/Blantyre Africa/Bujumbura Africa/Gaborone Africa/Harare Africa/Juba Africa/Khartoum Africa/Kigali Africa/Lubumbashi Africa/Lusaka Africa/Maputo Africa/Windhoek',
  ],
  ['CDT -0400 CST -0500', 'America/Havana'],
  [
    'CDT -0500 CST -0600',
    'America/Chicago America/Indiana/Knox America/Indiana/Tell_City America/Matamoros America/Menominee America/North_Dakota/Beulah America/North_Dakota/Center America/North_Dakota/New_Salem America/Ojinaga America/Rankin_Inlet America/Resolute America/Winnipeg',
  ],
  [
    'CET +0100 CEST +0200',
    'Africa/Ceuta Arctic/Longyearbyen Europe/Amsterdam Europe/Andorra Europe/Belgrade Europe/Berlin Europe/Bratislava Europe/Brussels Europe/Budapest Europe/Busingen Europe/Copenhagen Europe/Gibraltar Europe/Ljubljana Europe/Luxembourg Europe/Madrid Europe/Malta Europe/Monaco Europe/Oslo Europe/Paris Europe/Podgorica Europe/Prague Europe/Rome Europe/San_Marino Europe/Sarajevo Europe/Skopje Europe/Stockholm Europe/Tirane Europe/Vaduz Europe/Vatican Europe/Vienna Europe/Warsaw Europe/Zagreb Europe/Zurich',
  ],
  ['CET +0100', 'Africa/Algiers Africa/Tunis'],
  ['CST +0800', 'Asia/Macau Asia/Shanghai Asia/Taipei'],
  [
    'CST -0600',
    'America/Bahia_Banderas America/Belize America/Chihuahua America/Costa_Rica America/El_Salvador America/Guatemala America/Managua America/Merida America/Mexico_City America/Monterrey America/Regina America/Swift_Current America/Tegucigalpa',
  ],
  ['ChST +1000', 'Pacific/Guam Pacific/Saipan'],
  [
    'EAT +0300',
    'Africa/Addis_Ababa Africa/Asmera Africa/Dar_es_Salaam Africa/Djibouti Africa/Kampala Africa/Mogadishu Africa/Nairobi Indian/Antananarivo Indian/Comoro Indian/Mayotte',
  ],
  [
    'EDT -0400 EST -0500',
    'America/Detroit America/Grand_Turk America/Indiana/Marengo America/Indiana/Petersburg America/Indiana/Vevay America/Indiana/Vincennes America/Indiana/Winamac America/Indianapolis America/Iqaluit America/Kentucky/Monticello America/Louisville America/Nassau America/New_York America/Port-au-Prince America/Toronto',
  ],
  [
    'EET +0200 EEST +0300',
    'Africa/Cairo Asia/Beirut Asia/Famagusta Asia/Gaza Asia/Hebron Asia/Nicosia Europe/Athens Europe/Bucharest Europe/Chisinau Europe/Helsinki Europe/Kiev Europe/Mariehamn Europe/Riga Europe/Sofia Europe/Tallinn Europe/Vilnius',
  ],
  ['EET +0200', 'Africa/Tripoli Europe/Kaliningrad'],
  ['EST -0500', 'America/Cancun America/Cayman America/Coral_Harbour America/Jamaica America/Panama'],
  ['GMT +0000 BST +0100', 'Europe/Guernsey Europe/Isle_of_Man Europe/Jersey Europe/London'],
  ['GMT +0000 IST +0100', 'Europe/Dublin'],
  [
    'GMT +0000',
    'Africa/Abidjan Africa/Accra Africa/Bamako Africa/Banjul Africa/Bissau Africa/Conakry Africa/Dakar Africa/Freetown Africa/Lome Africa/Monrovia Africa/Nouakchott Africa/Ouagadougou Africa/Sao_Tome America/Danmarkshavn Atlantic/Reykjavik Atlantic/St_Helena',
  ],
  ['HDT -0900 HST -1000', 'America/Adak'],
  ['HKT +0800', 'Asia/Hong_Kong'],
  ['HST -1000', 'Pacific/Honolulu'],
  ['IST +0200 IDT +0300', 'Asia/Jerusalem'],
  ['IST +0530', 'Asia/Calcutta'],
  ['JST +0900', 'Asia/Tokyo'],
  ['KST +0900', 'Asia/Pyongyang Asia/Seoul'],
  [
    'MDT -0600 MST -0700',
    'America/Boise America/Cambridge_Bay America/Ciudad_Juarez America/Denver America/Edmonton America/Inuvik',
  ],
  ['MSK +0300', 'Europe/Kirov Europe/Moscow Europe/Simferopol Europe/Volgograd'],
  [
    'MST -0700',
    'America/Creston America/Dawson America/Dawson_Creek America/Fort_Nelson America/Hermosillo America/Mazatlan America/Phoenix America/Whitehorse',
  ],
  ['NDT -0230 NST -0330', 'America/St_Johns'],
  ['NZST +1200 NZDT +1300', 'Antarctica/McMurdo Pacific/Auckland'],
  ['PDT -0700 PST -0800', 'America/Los_Angeles America/Tijuana America/Vancouver'],
  ['PKT +0500', 'Asia/Karachi'],
  ['PST +0800', 'Asia/Manila'],
  ['SAST +0200', 'Africa/Johannesburg Africa/Maseru Africa/Mbabane'],
  ['SST -1100', 'Pacific/Midway Pacific/Pago_Pago'],
  [
    'WAT +0100',
    'Africa/Bangui Africa/Brazzaville Africa/Douala Africa/Kinshasa Africa/Lagos Africa/Libreville Africa/Luanda Africa/Malabo Africa/Ndjamena Africa/Niamey Africa/Porto-Novo',
  ],
  ['WET +0000 WEST +0100', 'Atlantic/Canary Atlantic/Faeroe Atlantic/Madeira Europe/Lisbon'],
  ['WIB +0700', 'Asia/Jakarta Asia/Pontianak'],
  ['WIT +0900', 'Asia/Jayapura'],
  ['WITA +0800', 'Asia/Makassar'],
]

let byZone: Map<string, Map<number, string>> | undefined

function table(): Map<string, Map<number, string>> {
  const all = new Map<string, Map<number, string>>()
  for (const [abbreviations, zones] of groups) {
    const words = abbreviations.split(' ')
    const names = new Map<number, string>()
    for (let at = 0; at < words.length; at += 2) names.set(secondsOfOffset(words[at + 1]!), words[at]!)
    for (const zone of zones.split(' ')) all.set(zone, names)
  }
  return all
}

function secondsOfOffset(text: string): number {
  const size = Number(text.slice(1, 3)) * 3600 + Number(text.slice(3)) * 60
  return text[0] === '-' ? -size : size
}

/** The abbreviation of a zone (by Intl's canonical name) while it has an offset; empty where there is but the offset. */
export function abbreviationOf(zone: string, offsetSeconds: number): string {
  byZone ??= table()
  const name = byZone.get(zone)?.get(offsetSeconds)
  if (name !== undefined) return name
  return zone === 'UTC' ? 'UTC' : ''
}
