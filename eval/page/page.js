"use strict";
(() => {
  const place = document.getElementById("browser");
  if (!place) return;
  const data = JSON.parse(document.getElementById("cases").textContent);
  const pick = (name) => document.getElementById(name);
  const make = (tag, text, kind) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (kind) node.className = kind;
    return node;
  };
  const STEP = 20;
  let shown = STEP;
  for (const [name, chosen] of [["left", data.left], ["right", data.right]]) {
    for (const arm of data.arms) pick(name).append(new Option(arm, arm, false, arm === chosen));
  }
  for (const measure of data.measures) pick("measure").append(new Option(measure, measure));
  for (const stratum of ["all", ...data.strata]) pick("stratum").append(new Option(stratum, stratum));

  if (!data.measures.length) pick("order").value = "asked";

  const list = (title, items) => {
    const side = make("div");
    side.append(make("h4", title));
    const ol = make("ol");
    for (const [label, grade, why] of items) {
      const li = make("li", undefined, grade > 0 ? "hit" : "");
      li.append(make("b", label));
      if (grade > 0) li.append(" ✓" + (grade > 1 ? grade : ""));
      if (why) li.append(make("small", why));
      ol.append(li);
    }
    if (!items.length) side.append(make("p", "no answer", "note"));
    side.append(ol);
    return side;
  };
  const score = (row, arm, measure) => row.scores[arm]?.[measure];
  const told = (value) => (value === undefined ? "–" : value.toFixed(3));

  const draw = () => {
    const [left, right, measure] = ["left", "right", "measure"].map((name) => pick(name).value);
    const order = pick("order").value, stratum = pick("stratum").value;
    const words = pick("words").value.trim().toLowerCase();
    const gap = (row) => (score(row, left, measure) ?? NaN) - (score(row, right, measure) ?? NaN);
    const rows = data.cases
      .filter((row) => stratum === "all" || row.stratum === stratum)
      .filter((row) => !words || row.text.toLowerCase().includes(words))
      .filter((row) => order === "asked" || !Number.isNaN(gap(row)));
    if (order === "behind") rows.sort((a, b) => gap(a) - gap(b));
    if (order === "ahead") rows.sort((a, b) => gap(b) - gap(a));
    const open = rows.slice(0, shown).map((row) => {
      const node = make("details", undefined, "case");
      const head = make("summary");
      head.append(make("span", row.text), make("span", row.stratum, "stratum"));
      const value = gap(row);
      const kind = value > 0 ? "good" : value < 0 ? "bad" : "even";
      const said = `${told(score(row, left, measure))} − ${told(score(row, right, measure))} = `;
      const end = make("span", said, "gap");
      end.append(make("span", Number.isNaN(value) ? "–" : (value > 0 ? "+" : "") + value.toFixed(3), kind));
      head.append(end);
      node.append(head);
      node.addEventListener("toggle", () => {
        if (node.querySelector(".sides")) return;
        const sides = make("div", undefined, "sides");
        sides.append(list(left, row.lists[left] ?? []), list(right, row.lists[right] ?? []));
        const key = list(`answer key (${row.relevant})`, row.key.map((item) => [item, 0, ""]));
        if (row.basket.length) key.append(make("p", "has: " + row.basket.join(", "), "note"));
        sides.append(key);
        node.append(sides);
      });
      return node;
    });
    place.replaceChildren(...open);
    pick("count").textContent = `${Math.min(shown, rows.length)} of ${rows.length} questions`;
    pick("more").hidden = shown >= rows.length;
    if (data.cases.length && open.length) open[0].open = true;
  };
  for (const name of ["left", "right", "measure", "order", "stratum"]) {
    pick(name).addEventListener("change", () => { shown = STEP; draw(); });
  }
  pick("words").addEventListener("input", () => { shown = STEP; draw(); });
  pick("more").addEventListener("click", () => { shown += 5 * STEP; draw(); });
  draw();
})();
