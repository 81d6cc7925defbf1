// The operator's view: figures of this process and of the home it serves.

import { Refusal, getJson, rememberKey } from "./api.js";
import { bar, byId, duration, el } from "./dom.js";
import { TIERS, degradedName, reasonName } from "./words.js";

const EVERY_MS = 10_000;

const tile = (name, value, more, alarm) =>
  el("dl", { class: `tile ${alarm ? "alarm" : ""}` }, el("dt", { text: name }), el("dd", { text: value }), more ? el("dd", { class: "more", text: more }) : null);

const percent = (share) => `${(share * 100).toFixed(share > 0.995 || share < 0.1 ? 1 : 0)}%`;
const number = (value) => value.toLocaleString("en");
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

const tiles = (told) => {
  const asked = told.tiers.reduce((sum, row) => sum + row.answers, 0);
  const hits = told.tiers.filter((row) => row.tier !== "none").reduce((sum, row) => sum + row.answers, 0);
  return [
    tile("Answers", number(asked), "since this process began"),
    tile("From the cache", asked ? percent(hits / asked) : "–", `${number(hits)} hits`),
    tile("Products", number(told.catalog.products), `catalog ${told.catalog.version}`),
    tile("Stored answers", number(told.stored.entries), `${megabytes(told.stored.bytes)} on disk`),
    tile("Builds now", number(told.builds.running), `${number(told.builds.queued)} wait, ${number(told.builds.refused)} refused`, told.builds.refused > 0),
    tile("Language model", told.lm.calls ? number(told.lm.calls) : "none", told.lm.calls ? `calls, ${number(told.lm.tokens || 0)} tokens, ${(told.lm.usd || 0).toFixed(2)} USD` : "no calls were made"),
  ];
};

const table = (names, rows) =>
  el("table", {},
    el("thead", {}, el("tr", {}, names.map((name, at) => el("th", { scope: "col", class: at ? "number" : null, text: name })))),
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

const parts = (told) => {
  const { degraded, rejections } = told;
  return [
    part("Hits by tier", "Bounds of the latency histogram, measured in the service.", told.tiers.length ? tiers(told.tiers) : none("Nothing was asked yet.")),
    part("Answers cut short", "Why, since this process began.", Object.keys(degraded).length ? counts(degraded, degradedName) : none("No answer was cut short.")),
    part("Refused by the gate", "Candidate edges by reason, since this process began.", Object.keys(rejections).length ? counts(rejections, reasonName) : none("Nothing was refused yet: nothing was built.")),
  ];
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
