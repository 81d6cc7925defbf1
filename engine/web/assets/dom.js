// Small helpers. Text is only ever set as text: nothing an answer holds can become markup.

const SVG = "http://www.w3.org/2000/svg";

const fill = (node, props, children) => {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
};

export const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);
export const svg = (tag, props, ...children) =>
  fill(document.createElementNS(SVG, tag), props, children);
export const byId = (id) => document.getElementById(id);

export const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
export const times = (lift) => `${lift >= 10 ? lift.toFixed(0) : lift.toFixed(1)} times`;

export const duration = (ms) => {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 1 ? `${ms.toFixed(ms >= 100 ? 0 : 1)} ms` : `${Math.round(ms * 1000)} µs`;
};

export const age = (seconds) => {
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]])
    if (seconds >= size) return `${Math.round(seconds / size)} ${unit}`;
  return `${Math.round(seconds)} s`;
};

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// A bar from 0 to 1. The number beside it is what a screen reader hears.
export const bar = (share, kind) => {
  const inner = el("span", { class: "bar-fill" });
  inner.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return el("span", { class: `bar ${kind || ""}`, "aria-hidden": "true" }, inner);
};
