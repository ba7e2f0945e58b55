// Makes server/service/src/phones/countries.tsv: what countries are called, and whose zone is whose.
//
//     node script/lib/phones/countries.mjs ALPHA3.tsv /usr/share/zoneinfo/zone.tab > server/service/src/phones/countries.tsv
//
// Names are those of CLDR (Unicode License), which Node brings along; ALPHA3.tsv has a line `UA<tab>UKR` for each country of ISO 3166.
import { readFileSync } from "node:fs";

const lines = path => readFileSync(path, "utf8").split("\n").filter(line => line && !line.startsWith("#")).map(line => line.split("\t"));
const [alpha3, zones] = [lines(process.argv[2]), lines(process.argv[3])];

const OURS = ["en", "uk", "zh-Hans", "zh-Hant"];
const OTHERS = ["de", "fr", "es", "it", "pl", "pt", "ru", "nl", "tr", "ja", "ko", "cs"];
// What people write besides.
const ALSO = {
  US: ["U.S.", "США", "USA", "U.S.A.", "United States of America", "America", "Америка", "Сполучені Штати Америки", "Соединенные Штаты Америки", "美国", "美國"],
  GB: ["UK", "U.K.", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland", "Англія", "Велика Британія", "Сполучене Королівство", "Великобритания"],
  NL: ["Holland", "The Netherlands", "Голландія"],
  CZ: ["Czech Republic", "Чеська Республіка"],
  AE: ["UAE", "U.A.E.", "Emirates"],
  KR: ["Korea", "Republic of Korea"],
  CN: ["PRC", "P.R. China", "People's Republic of China", "China mainland", "中华人民共和国", "中華人民共和國"],
  TW: ["Republic of China", "臺灣", "台灣", "台湾"],
  HK: ["Hong Kong", "香港"],
  MO: ["Macau", "Macao", "澳门", "澳門"],
  RU: ["Russian Federation", "Російська Федерація", "Российская Федерация"],
  VN: ["Viet Nam"],
  TR: ["Turkey", "Türkiye"],
  MD: ["Moldova", "Republic of Moldova"],
  MK: ["Macedonia", "North Macedonia"],
  CI: ["Ivory Coast"],
};

const named = locale => new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
const [ours, others] = [OURS.map(named), OTHERS.map(named)];
const key = name => name.toLowerCase();
const rows = alpha3.map(([code, three]) => {
  const own = ours.map(names => names.of(code) ?? code);
  return { code, three, own, also: [...(ALSO[code] ?? []), ...others.map(names => names.of(code)).filter(Boolean)] };
});
// A name that means two countries means none.
const owners = new Map();
for (const row of rows) {
  for (const name of new Set([...row.own, ...row.also, row.code, row.three].map(key))) owners.set(name, (owners.get(name) ?? 0) + 1);
}
console.log("# Countries: code, three letters, English, Ukrainian, simplified and traditional Chinese, other names, zones. Made by");
console.log("# script/lib/phones/countries.mjs from CLDR (Unicode License) and the zone database; do not edit.");
for (const row of rows.sort((a, b) => (a.code < b.code ? -1 : 1))) {
  const seen = new Set(row.own.map(key));
  const also = row.also.filter(name => owners.get(key(name)) === 1 && !seen.has(key(name)) && seen.add(key(name)));
  const own = zones.filter(([code]) => code === row.code).map(([, , zone]) => zone);
  console.log([row.code, row.three, ...row.own, also.join("|"), own.join("|")].join("\t"));
}
