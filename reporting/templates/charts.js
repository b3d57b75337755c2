// Charts ---------------------------------------------------------------------------------------

const curve = run.curve;
const times = curve.at;
const first = Math.min(run.started, times.length ? times[0] : run.started);
const last = Math.max(run.finished, first + 1000);
const view = { from: first, to: last, hover: null, drag: null };
const fills = run.markers;
const GUTTER = { left: 1, right: 62, top: 16 };
const underwater = [];
let peak = -Infinity;
curve.equity.forEach((equity) => { peak = Math.max(peak, equity); underwater.push(equity - peak); });

// The index of the first time at or after `ms`.
function indexAt(list, ms) {
  let low = 0, high = list.length;
  while (low < high) { const middle = (low + high) >> 1; if (list[middle] < ms) low = middle + 1; else high = middle; }
  return low;
}

function niceStep(span, wanted) {
  const raw = span / wanted, power = Math.pow(10, Math.floor(Math.log10(raw)));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= raw) || power * 10;
}

function decimals(step) {
  let digits = 0;
  while (digits < 10 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return digits;
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000].map((s) => s * 1000);
function timeTicks(width) {
  const wanted = Math.max(2, Math.floor(width / 56)), span = view.to - view.from;
  const step = TIME_STEPS.find((size) => span / size <= wanted) || TIME_STEPS[TIME_STEPS.length - 1];
  const ticks = [];
  for (let ms = Math.ceil(view.from / step) * step; ms <= view.to; ms += step) {
    const date = new Date(ms);
    ticks.push([ms, ms % 86400000 === 0 ? day(date) : clockTime(date, step < 60000)]);
  }
  return ticks;
}

const host = find("charts");
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const PANES = [
  { name: "Price", height: 300, low: curve.low, high: curve.high, legend: true, draw: drawPrice },
  { name: "Equity", height: 150, low: curve.equity, high: curve.equity, draw: (pane, pen) => drawLine(pane, pen, curve.equity, "--accent", "--equity-fill", pane.bottom) },
  { name: "Drawdown", height: 92, low: underwater, high: underwater, zero: true, draw: (pane, pen) => drawLine(pane, pen, underwater, "--loss", "--loss-fill", pane.y(0)) },
  { name: "Position", height: 92, low: curve.position, high: curve.position, zero: true, axis: true, draw: drawPosition },
];

function preparePanes() {
  PANES.forEach((pane) => { pane.canvas = make("canvas", { "aria-hidden": "true" }); host.append(pane.canvas); });
}

function range(pane, start, end) {
  let low = Infinity, high = -Infinity;
  for (let i = start; i < end; i++) { low = Math.min(low, pane.low[i]); high = Math.max(high, pane.high[i]); }
  if (pane.zero) { low = Math.min(low, 0); high = Math.max(high, 0); }
  if (low > high) return [0, 1];
  if (low === high) { const room = Math.abs(low) * 0.001 || 1; return pane.zero ? [low, low + room] : [low - room, high + room]; }
  const room = (high - low) * 0.08;
  return [pane.zero && low === 0 ? low : low - room, pane.zero && high === 0 ? high : high + room];
}

function layOut(pane, width) {
  const ratio = window.devicePixelRatio || 1;
  const height = pane.height * (width < 520 ? 0.82 : 1) + (pane.axis ? 24 : 0);
  pane.canvas.width = Math.round(width * ratio);
  pane.canvas.height = Math.round(height * ratio);
  pane.canvas.style.height = height + "px";
  const pen = pane.canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pane.left = GUTTER.left; pane.right = width - GUTTER.right;
  pane.top = GUTTER.top + 8; pane.bottom = height - (pane.axis ? 28 : 6);
  const start = Math.max(0, indexAt(times, view.from) - 1), end = Math.min(times.length, indexAt(times, view.to) + 1);
  const [low, high] = range(pane, start, end);
  pane.start = start; pane.end = end; pane.min = low; pane.max = high;
  pane.x = (ms) => pane.left + ((ms - view.from) / (view.to - view.from)) * (pane.right - pane.left);
  pane.y = (number) => pane.bottom - ((number - low) / (high - low)) * (pane.bottom - pane.top);
  return pen;
}

function drawAxes(pane, pen, width) {
  pen.font = "12px system-ui, sans-serif"; pen.lineWidth = 1; pen.textBaseline = "middle";
  const step = niceStep(pane.max - pane.min, Math.max(2, (pane.bottom - pane.top) / 34));
  const digits = decimals(step);
  pen.textAlign = "left";
  for (let tick = Math.ceil(pane.min / step) * step; tick <= pane.max + step * 1e-9; tick += step) {
    const y = Math.round(pane.y(tick)) + 0.5;
    pen.strokeStyle = css("--grid"); pen.beginPath(); pen.moveTo(pane.left, y); pen.lineTo(pane.right, y); pen.stroke();
    pen.fillStyle = css("--muted");
    pen.fillText((Math.abs(tick) < step / 2 ? "0" : grouped(tick, digits)).replace("-", "\u2212"), pane.right + 8, y);
  }
  pen.fillStyle = css("--muted"); pen.textAlign = "left";
  pen.font = "500 12px system-ui, sans-serif"; pen.fillText(pane.name, 0, 9); pen.font = "12px system-ui, sans-serif";
  if (pane.legend) drawLegend(pen);
  if (!pane.axis) return;
  pen.textAlign = "center";
  for (const [ms, label] of timeTicks(pane.right - pane.left)) {
    const x = pane.x(ms), half = pen.measureText(label).width / 2;
    if (x - half >= 0 && x + half <= width) pen.fillText(label, x, pane.bottom + 17);
  }
}

function drawLegend(pen) {
  let x = pen.measureText("Price").width + 22;
  for (const [label, buy] of [["buy", true], ["sell", false]]) {
    marker(pen, x, 9, buy, 5); pen.fillStyle = css("--muted"); pen.fillText(label, x + 9, 9);
    x += pen.measureText(label).width + 28;
  }
  if (!run.data_gaps.rows.length) return;
  gapLine(pen, x - 4, 3, 15); pen.fillStyle = css("--muted"); pen.fillText("data gap", x + 5, 9);
}

function clip(pane, pen, draw) {
  pen.save(); pen.beginPath(); pen.rect(pane.left, pane.top - 12, pane.right - pane.left, pane.bottom - pane.top + 14); pen.clip();
  draw(); pen.restore();
}

function trace(pane, pen, list) {
  pen.beginPath();
  for (let i = pane.start; i < pane.end; i++) pen[i === pane.start ? "moveTo" : "lineTo"](pane.x(times[i]), pane.y(list[i]));
}

function drawLine(pane, pen, list, colour, fill, base) {
  if (pane.end - pane.start < 1) return;
  trace(pane, pen, list);
  pen.strokeStyle = css(colour); pen.lineWidth = 1.5; pen.lineJoin = "round"; pen.stroke();
  pen.lineTo(pane.x(times[pane.end - 1]), base); pen.lineTo(pane.x(times[pane.start]), base); pen.closePath();
  pen.fillStyle = css(fill); pen.fill();
}

function drawPosition(pane, pen) {
  if (pane.end - pane.start < 1) return;
  const zero = pane.y(0), list = curve.position;
  pen.beginPath(); pen.moveTo(pane.x(times[pane.start]), zero);
  for (let i = pane.start; i < pane.end; i++) {
    if (i > pane.start) pen.lineTo(pane.x(times[i]), pane.y(list[i - 1]));
    pen.lineTo(pane.x(times[i]), pane.y(list[i]));
  }
  pen.lineTo(pane.x(times[pane.end - 1]), zero); pen.closePath();
  pen.fillStyle = css("--position-fill"); pen.fill(); pen.strokeStyle = css("--muted"); pen.lineWidth = 1.2; pen.stroke();
}

function drawPrice(pane, pen) {
  pen.beginPath();
  for (let i = pane.start; i < pane.end; i++) pen[i === pane.start ? "moveTo" : "lineTo"](pane.x(times[i]), pane.y(curve.high[i]));
  for (let i = pane.end - 1; i >= pane.start; i--) pen.lineTo(pane.x(times[i]), pane.y(curve.low[i]));
  pen.closePath(); pen.fillStyle = css("--range"); pen.fill();
  trace(pane, pen, curve.mid);
  pen.strokeStyle = css("--price"); pen.lineWidth = 1.25; pen.lineJoin = "round"; pen.stroke();
  drawCycles(pane, pen);
  const from = indexAt(fills.at, view.from), to = indexAt(fills.at, view.to + 1);
  const room = (pane.right - pane.left) / Math.max(1, to - from);
  const size = room > 6 ? 5 : room > 2.5 ? 4 : 3;
  for (let i = from; i < to; i++) marker(pen, pane.x(fills.at[i]), pane.y(fills.price[i]), fills.buy[i], size);
}

// Entry and exit of a cycle are joined while few enough are in view to be told apart.
function drawCycles(pane, pen) {
  const inView = run.cycles.rows.filter((row) => row.closed >= view.from && row.opened <= view.to);
  if (inView.length > 60) return;
  pen.strokeStyle = css("--gain"); pen.lineWidth = 1; pen.setLineDash([3, 3]); pen.globalAlpha = 0.75;
  for (const row of inView) {
    pen.beginPath(); pen.moveTo(pane.x(row.opened), pane.y(Number(row.entry_price))); pen.lineTo(pane.x(row.closed), pane.y(Number(row.exit_price))); pen.stroke();
  }
  pen.setLineDash([]); pen.globalAlpha = 1;
}

function marker(pen, x, y, buy, size) {
  const turn = buy ? 1 : -1;
  pen.beginPath(); pen.moveTo(x, y - turn * size); pen.lineTo(x + size, y + turn * size * 0.8); pen.lineTo(x - size, y + turn * size * 0.8); pen.closePath();
  pen.fillStyle = css(buy ? "--buy" : "--sell"); pen.fill(); pen.strokeStyle = css("--card"); pen.lineWidth = 1; pen.stroke();
}

function drawCharts() {
  const width = host.clientWidth;
  if (!width) return;
  for (const pane of PANES) {
    const pen = layOut(pane, width);
    drawAxes(pane, pen, width);
    clip(pane, pen, () => pane.draw(pane, pen));
    drawGaps(pane, pen);
    drawHover(pane, pen);
  }
  drawReadout();
}

function drawGaps(pane, pen) {
  for (const gap of run.data_gaps.rows) {
    if (gap.at >= view.from && gap.at <= view.to) gapLine(pen, Math.round(pane.x(gap.at)) + 0.5, pane.top, pane.bottom);
  }
}

function gapLine(pen, x, top, bottom) {
  pen.strokeStyle = css("--sell"); pen.setLineDash([2, 3]); pen.lineWidth = 1;
  pen.beginPath(); pen.moveTo(x, top); pen.lineTo(x, bottom); pen.stroke(); pen.setLineDash([]);
}

function drawHover(pane, pen) {
  if (view.drag && Math.abs(view.drag.to - view.drag.from) > 3) {
    pen.fillStyle = css("--shade");
    pen.fillRect(Math.min(view.drag.from, view.drag.to), pane.top, Math.abs(view.drag.to - view.drag.from), pane.bottom - pane.top);
  }
  if (view.hover === null) return;
  const x = Math.round(pane.x(view.hover)) + 0.5;
  pen.strokeStyle = css("--muted"); pen.globalAlpha = 0.7; pen.lineWidth = 1;
  pen.beginPath(); pen.moveTo(x, pane.top); pen.lineTo(x, pane.bottom); pen.stroke(); pen.globalAlpha = 1;
}

function drawReadout() {
  if (!times.length) { find("readout").textContent = "No price was heard in this run."; return; }
  const i = view.hover === null ? Math.max(0, Math.min(times.length, indexAt(times, view.to + 1)) - 1) : nearest(view.hover);
  const part = (label, text) => make("span", {}, label, make("b", {}, text));
  find("readout").replaceChildren(
    part("", moment(times[i])), part("Price", exact(String(curve.mid[i]))), part("Equity", money(curve.equity[i])),
    part("Net", money(curve.net_pnl[i], true)), part("Position", exact(String(curve.position[i]))));
}

function nearest(ms) {
  const i = Math.min(times.length - 1, indexAt(times, ms));
  return i > 0 && ms - times[i - 1] < times[i] - ms ? i - 1 : i;
}

// Looking closer ------------------------------------------------------------------------------

const SHORTEST = 2000;
function show(from, to) {
  const span = Math.min(last - first, Math.max(SHORTEST, to - from));
  view.from = Math.max(first, Math.min(last - span, from));
  view.to = view.from + span;
  drawCharts();
}

function zoom(act, centre) {
  const span = view.to - view.from, middle = centre === undefined ? view.from + span / 2 : centre;
  const share = (middle - view.from) / span;
  const scaled = (factor) => show(middle - span * factor * share, middle + span * factor * (1 - share));
  ({ in: () => scaled(0.5), out: () => scaled(2), left: () => show(view.from - span / 3, view.to - span / 3),
    right: () => show(view.from + span / 3, view.to + span / 3), all: () => show(first, last) })[act]();
}

const tip = make("div", { class: "tip", hidden: "" });
function timeAt(x) { const pane = PANES[0]; return view.from + ((x - pane.left) / (pane.right - pane.left)) * (view.to - view.from); }
const inside = (x) => Math.max(PANES[0].left, Math.min(PANES[0].right, x));

function showTip(x, y) {
  const pane = PANES[0];
  let best = null, reach = 14 * 14;
  const slack = ((view.to - view.from) / Math.max(1, pane.right - pane.left)) * 14;
  const end = indexAt(fills.at, timeAt(x) + slack);
  for (let i = indexAt(fills.at, timeAt(x) - slack); i < end; i++) {
    const away = (pane.x(fills.at[i]) - x) ** 2 + (pane.y(fills.price[i]) - y) ** 2;
    if (away <= reach) { best = i; reach = away; }
  }
  tip.hidden = best === null;
  if (best === null) return;
  tip.replaceChildren(
    make("b", { class: fills.buy[best] ? "buy" : "sell" }, (fills.buy[best] ? "Buy " : "Sell ") + exact(fills.size[best]) + " @ " + exact(String(fills.price[best]))),
    make("br"), words(fills.purpose[best]) + " \u00b7 " + fills.key[best], make("br"), make("span", { class: "muted" }, moment(fills.at[best])));
  const left = pane.x(fills.at[best]) + 14;
  tip.style.left = (left + tip.offsetWidth > host.clientWidth ? left - tip.offsetWidth - 28 : left) + "px";
  tip.style.top = Math.max(0, pane.y(fills.price[best]) - tip.offsetHeight - 6) + "px";
}

function listen() {
  host.append(tip);
  const place = (event) => { const box = host.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  host.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    view.hover = timeAt(inside(x));
    if (view.drag) view.drag.to = inside(x);
    drawCharts(); showTip(x, y);
  });
  host.addEventListener("pointerleave", () => { view.hover = null; tip.hidden = true; if (!view.drag) drawCharts(); });
  host.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const [x] = place(event);
    view.drag = { from: inside(x), to: inside(x) }; host.setPointerCapture(event.pointerId);
  });
  host.addEventListener("pointerup", () => {
    const drag = view.drag; view.drag = null;
    if (drag && Math.abs(drag.to - drag.from) > 6) show(timeAt(Math.min(drag.from, drag.to)), timeAt(Math.max(drag.from, drag.to)));
    else drawCharts();
  });
  host.addEventListener("pointercancel", () => { view.drag = null; drawCharts(); });
  host.addEventListener("dblclick", () => zoom("all"));
  host.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault(); zoom(event.deltaY < 0 ? "in" : "out", timeAt(inside(place(event)[0])));
  }, { passive: false });
  host.addEventListener("keydown", (event) => {
    const act = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", "0": "all", Escape: "all" }[event.key];
    if (act) { event.preventDefault(); zoom(act); }
  });
  document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => zoom(button.dataset.zoom)));
  if (window.matchMedia("(pointer: coarse)").matches) find("hint").textContent = "Touch a chart to read it; the buttons zoom. Times are UTC.";
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
  new ResizeObserver(drawCharts).observe(host);
}
