// The operator's view: figures of the service and of the home it serves.

import { Refusal, getJson, rememberKey } from "./api.js";
import { bar, byId, duration, el } from "./dom.js";
import { TIERS, degradedName, reasonName, relationName } from "./words.js";

const EVERY_MS = 10_000;

const tile = (name, value, more, alarm) =>
  el("dl", { class: `tile ${alarm ? "alarm" : ""}` }, el("dt", { text: name }), el("dd", { text: value }), more ? el("dd", { class: "more", text: more }) : null);

const percent = (share) => `${(share * 100).toFixed(share > 0.995 || share < 0.1 ? 1 : 0)}%`;
const number = (value) => value.toLocaleString("en");
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

const money = (usd) => `$${usd.toFixed(usd && usd < 1 ? 4 : 2)}`;
const capped = (cap, shown) => (cap ? ` of ${shown(cap)}` : "");
const spent = (day) => (day.calls_per_day && day.calls >= day.calls_per_day) || (day.usd_per_day && day.usd >= day.usd_per_day);

const tiles = (told) => {
  const { answers, asks, lm } = told.stats;
  const day = told.stats.lm_today;
  const hits = asks.all - asks.none;
  return [
    tile("Answers", number(asks.all), "all processes, since the home was made"),
    tile("From the cache", asks.all ? percent(hits / asks.all) : "–", `${number(hits)} hits`),
    tile("Stored answers", number(answers.entries), `${megabytes(answers.bytes || 0)} on disk`, answers.writable === false),
    tile("Builds now", number(told.builds.running), `${number(told.builds.queued)} wait, ${number(told.builds.refused)} refused`, told.builds.refused > 0),
    tile("Models today", day.calls ? money(day.usd) : "none", day.calls ? `${number(day.calls)} calls${capped(day.calls_per_day, number)}, ${number(day.tokens)} tokens${day.usd_per_day ? `; cap ${money(day.usd_per_day)}` : ""}` : "no calls were made", spent(day)),
    tile("Language model", lm.calls ? number(lm.calls) : "none", lm.calls ? `calls, ${number(lm.tokens)} tokens; hits saved ${number(lm.calls_saved)} calls` : "no calls were made"),
    tile("Products", number(told.catalog.products), `catalog ${told.catalog.version}`),
  ];
};

const table = (names, rows) =>
  el("table", {},
    el("thead", {}, el("tr", {}, names.map((name, at) => (name ? el("th", { scope: "col", class: at ? "number" : null, text: name }) : el("td"))))),
    el("tbody", {}, rows));

const part = (title, hint, body) =>
  el("section", { class: "part", "aria-label": title }, el("h2", { text: title }), hint ? el("p", { class: "hint", text: hint }) : null, body);

const none = (text) => el("p", { class: "hint", text });

const tiers = (rows) =>
  table(["Tier", "", "Answers", "p50", "p99"], rows.map((row) =>
    el("tr", {},
      el("td", { text: TIERS[row.tier] || row.tier }),
      el("td", { class: "share" }, bar(row.share)),
      el("td", { class: "number", text: number(row.answers) }),
      el("td", { class: "number", text: `≤ ${duration(row.p50_ms)}` }),
      el("td", { class: "number", text: `≤ ${duration(row.p99_ms)}` }))));

const counts = (found, nameOf) => {
  const rows = Object.entries(found).sort((a, b) => b[1] - a[1]);
  const most = rows.length ? rows[0][1] : 1;
  return table(["Reason", "", "Count"], rows.map(([name, value]) =>
    el("tr", {}, el("td", { text: nameOf(name) }), el("td", { class: "share" }, bar(value / most)), el("td", { class: "number", text: number(value) }))));
};

// "[anchor] canon eos r10 [wanted] lens": what the question means, and the words for it.
const canonical = (text) =>
  text.split(/\[(\w+)\]/).map((piece, at) => (at % 2 ? el("span", { class: "chip", text: piece }) : piece));

const questions = (rows) =>
  table(["Question", "Asked"], rows.map((row) =>
    el("tr", {},
      el("td", {}, canonical(row.question)),
      el("td", { class: "number", text: number(row.asks) }))));

const BREAKERS = {
  closed: "asked",
  half_open: "failed; one try is let through",
  open: "keeps failing; not asked for now",
};

const breakers = (rows) =>
  table(["Model", "", "Workers"], rows.map((row) =>
    el("tr", {},
      el("td", { text: row.model }),
      el("td", { text: BREAKERS[row.state] || row.state }),
      el("td", { class: "number", text: number(row.workers) }))));

const STATES = [
  ["complete", "complete and fresh"],
  ["stale", "stale: served while built again"],
  ["partial", "degraded: finished in the background"],
  ["negative", "empty, kept for a short while"],
  ["for_errors", "old: served only when a build fails"],
  ["expired", "expired"],
];

const states = (answers) => {
  const most = Math.max(1, ...STATES.map(([name]) => answers[name] || 0));
  return table(["Answers that are", "", "Count"], STATES.map(([name, told]) =>
    el("tr", {}, el("td", { text: told }), el("td", { class: "share" }, bar((answers[name] || 0) / most)), el("td", { class: "number", text: number(answers[name] || 0) }))));
};

const refusals = (rows) =>
  el("ul", { class: "recent" }, rows.map((row) =>
    el("li", {}, el("p", { text: `${row.source} → ${row.target}` }), el("p", { class: "hint", text: `${relationName(row.relation)}: ${reasonName(row.reason)}` }))));

const tally = (found, nameOf, empty) => (Object.keys(found).length ? counts(found, nameOf) : none(empty));

const parts = (told) => {
  const { stats } = told;
  return [
    part("Hits by tier", "Since the service began. Bounds of the latency histogram.", told.tiers.length ? tiers(told.tiers) : none("Nothing was asked yet.")),
    part("Most asked", "In canonical form; what looks personal is not counted.", told.popular.length ? questions(told.popular) : none("Nothing was asked yet.")),
    part("Stored answers", "What they may be served for.", states(stats.answers)),
    part("Refused by the gate", "Candidate edges by reason.", tally(stats.refused, reasonName, "Nothing was refused yet.")),
    part("Refused lately", "By the worker that was asked, one a build and reason.", told.recent.length ? refusals(told.recent.slice(0, 12)) : none("Nothing was refused yet.")),
    told.breakers.length ? part("Language models", "Whether they are asked now.", breakers(told.breakers)) : null,
    part("Answers cut short", "By reason.", tally(stats.degraded, degradedName, "No answer was cut short.")),
  ].filter(Boolean);
};

const load = async () => {
  try {
    const told = await getJson("/v1/admin/overview");
    byId("key-form").hidden = true;
    byId("trouble").hidden = true;
    byId("tiles").replaceChildren(...tiles(told));
    byId("parts").replaceChildren(...parts(told));
    byId("when").textContent = `As of ${new Date().toLocaleTimeString("en-GB")}`;
    return true;
  } catch (error) {
    const refused = error instanceof Refusal;
    byId("key-form").hidden = !(refused && [401, 403].includes(error.status));
    byId("trouble").textContent = refused ? error.message : "The server did not answer. Is it still running?";
    byId("trouble").hidden = refused && error.status === 401;
    return false;
  }
};

let timer = 0;
const watch = async () => {
  clearTimeout(timer);
  if (await load()) timer = setTimeout(() => (document.hidden ? undefined : watch()), EVERY_MS);
};

byId("again").addEventListener("click", watch);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) watch();
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  rememberKey(byId("key").value.trim());
  byId("key").value = "";
  watch();
});
watch();
