// A chart of rates over time: one line for each venue, told apart by colour and by dashes.

const NS = "http://www.w3.org/2000/svg";
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#2aa5c9", "#7b5cd6", "#b5495b", "#5b8c2a", "#777f88"];
const DASHES = ["", "6 3", "2 3"];

const svg = (name, attributes = {}, ...children) => {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};

export const stroke = (place) => ({
  stroke: COLOURS[place % COLOURS.length],
  "stroke-dasharray": DASHES[Math.floor(place / 4) % DASHES.length],
});

export const sample = (place) => svg("svg", { viewBox: "0 0 26 8" }, svg("path", { d: "M0 4H26", "stroke-width": 3, ...stroke(place) }));

const steps = (low, high, count) => {
  const raw = (high - low) / count || 1e-6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(at);
  return { found, digits: Math.max(0, -Math.floor(Math.log10(step * 100))) };
};

// series: [{name, place, points: [[ms, fraction], ...]}], oldest first.
export const draw = (chart, series) => {
  const { width, height } = chart.getBoundingClientRect();
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const all = series.flatMap((each) => each.points);
  if (!all.length) {
    const text = svg("text", { x: width / 2, y: height / 2, "text-anchor": "middle" });
    text.textContent = "nothing is known yet";
    chart.replaceChildren(text);
    return;
  }
  const times = all.map(([ms]) => ms);
  const values = [0, ...all.map(([, value]) => value)];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || 1e-4) * 0.08;
  [low, high] = [low - margin, high + margin];
  const box = { left: 74, right: width - 12, top: 12, bottom: height - 26 };
  const x = (ms) => box.left + ((ms - first) / (last - first || 1)) * (box.right - box.left);
  const y = (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top);
  const parts = [];
  const { found, digits } = steps(low, high, 5);
  for (const at of found) {
    parts.push(svg("line", { class: Math.abs(at) < 1e-12 ? "zero" : "grid", x1: box.left, x2: box.right, y1: y(at), y2: y(at) }));
    const text = svg("text", { x: box.left - 8, y: y(at) + 4, "text-anchor": "end" });
    text.textContent = `${(at * 100).toFixed(digits)} %`;
    parts.push(text);
  }
  const count = Math.max(2, Math.min(6, Math.floor(width / 150)));
  for (let n = 0; n < count; n += 1) {
    const ms = first + ((last - first) * n) / (count - 1);
    const anchor = n === 0 ? "start" : n === count - 1 ? "end" : "middle";
    const text = svg("text", { x: x(ms), y: height - 8, "text-anchor": anchor });
    text.textContent = new Date(ms).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
    parts.push(text);
  }
  for (const { name, place, points } of series) {
    if (!points.length) continue;
    // A rate holds until the next one, so the line goes in steps; a lone point is drawn as a dash.
    let path = `M${x(points[0][0]).toFixed(1)} ${y(points[0][1]).toFixed(1)}`;
    for (const [ms, value] of points.slice(1)) path += `H${x(ms).toFixed(1)}V${y(value).toFixed(1)}`;
    if (points.length === 1) path += "h12";
    const title = svg("title");
    title.textContent = name;
    parts.push(svg("path", { d: path, ...stroke(place) }, title));
  }
  chart.replaceChildren(...parts);
};
