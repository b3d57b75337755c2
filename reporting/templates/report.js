"use strict";
// One run, drawn from the JSON in #data. No library, no network.
(function () {
  const run = JSON.parse(document.getElementById("data").textContent);
  const find = (id) => document.getElementById(id);
  const NONE = "\u2013";

  // Elements are built, never parsed from text, so no value of a run can become markup.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "on") Object.entries(value).forEach(([event, act]) => element.addEventListener(event, act));
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  // Numbers and times for people -------------------------------------------------------------

  const grouped = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const moneyDigits = (value) => (Math.abs(value) < 10 ? 4 : 2);

  function money(text, sign) {
    if (text === null || text === undefined) return NONE;
    const value = Number(text);
    const shown = grouped(Math.abs(value), moneyDigits(value));
    const zero = Number(shown.replace(/,/g, "")) === 0;
    if (value < 0 && !zero) return "\u2212" + shown;
    return (sign && !zero ? "+" : "") + shown;
  }

  // Prices and sizes keep every digit they came with.
  function exact(text) {
    if (text === null || text === undefined) return NONE;
    const [whole, fraction] = String(text).split(".");
    const negative = whole.startsWith("-");
    const digits = whole.replace("-", "").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return (negative ? "\u2212" : "") + digits + (fraction ? "." + fraction.slice(0, 10) : "");
  }

  const count = (value) => value.toLocaleString("en-US");
  const words = (text) => (text ? String(text).replace(/_/g, " ") : NONE);
  const two = (value) => String(value).padStart(2, "0");
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const day = (date) => date.getUTCDate() + " " + MONTHS[date.getUTCMonth()];
  const clockTime = (date, seconds) => two(date.getUTCHours()) + ":" + two(date.getUTCMinutes()) + (seconds ? ":" + two(date.getUTCSeconds()) : "");
  const moment = (ms) => { const date = new Date(ms); return day(date) + " " + clockTime(date, true); };
  const dated = (ms) => { const date = new Date(ms); return day(date) + " " + date.getUTCFullYear() + " " + clockTime(date); };

  function lasting(seconds) {
    if (seconds < 1) return grouped(seconds, 2) + " s";
    if (seconds < 60) return grouped(seconds, 1) + " s";
    const units = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];
    const total = Math.round(seconds);
    const [size, unit, smaller, name] = units.find(([length]) => total >= length);
    const rest = Math.floor((total % size) / smaller);
    return Math.floor(total / size) + " " + unit + (rest ? " " + rest + " " + name : "");
  }

  const tone = (text) => (Number(text) > 0 ? "gain" : Number(text) < 0 ? "loss" : "");
  const value = (field) => { const parsed = parameterText(field); return parsed === "" ? NONE : parsed; };
  function parameterText(field) {
    if (field === null) return "off";
    if (field === true) return "yes";
    if (field === false) return "no";
    if (Array.isArray(field)) return field.map(parameterText).join(", ");
    return typeof field === "object" ? JSON.stringify(field) : String(field);
  }

  // Header and tiles ---------------------------------------------------------------------------

  const unit = run.quote_asset;
  function drawHeader() {
    find("title").append(run.strategy + " ", make("span", {}, run.ticker + " on " + run.venue));
    const from = run.source.name ? " \u00b7 " + run.source.name : "";
    find("subtitle").textContent = dated(run.started) + " \u2013 " + dated(run.finished) + " UTC \u00b7 " + lasting(Number(run.duration_s)) + from;
    find("outcome").textContent = "Ended: " + run.outcome;
  }

  function tile(label, shown, note, style, withUnit) {
    return make("div", { class: "tile" },
      make("div", { class: "label" }, label),
      make("div", { class: "value " + (style || "") }, shown, withUnit ? make("span", { class: "unit" }, unit) : null),
      make("div", { class: "note" }, note || "\u00a0"));
  }

  function drawTiles() {
    const cycles = run.cycles.rows;
    const after = (row) => Number(row.gross_pnl) - Number(row.fees || 0);
    const won = cycles.filter((row) => after(row) > 0).length;
    const feesKnown = cycles.length > 0 && cycles.every((row) => row.fees !== null);
    const open = Number(run.position) !== 0;
    const start = Number(run.starting_balance);
    const change = start > 0 ? (Number(run.net_pnl) / start) * 100 : null;
    const changeText = change === null ? "" : (change < 0 ? "\u2212" : "+") + grouped(Math.abs(change), 3) + " % of balance";
    find("tiles").append(
      tile("Net PnL after fees", money(run.net_pnl, true), changeText, tone(run.net_pnl), true),
      tile("Open position", open ? exact(run.position) : "flat", open ? money(run.unrealised_pnl, true) + " unrealised" : "nothing held"),
      tile("Fees", money(run.fees), Number(run.funding) ? money(run.funding, true) + " funding" : "no funding"),
      tile("Cycles", count(run.counts.cycles), feesKnown ? won + " of " + cycles.length + " gained after fees" : cycles.length ? won + " of " + cycles.length + " gained" : "none completed"),
      tile("Max drawdown", money(run.max_drawdown), grouped(Number(run.max_drawdown_fraction) * 100, 3) + " % of the peak"),
      tile("Fills", count(run.counts.fills), money(run.volume) + " traded"));
  }

  // Charts ---------------------------------------------------------------------------------------

  const curve = run.curve;
  const times = curve.at;
  const first = Math.min(run.started, times.length ? times[0] : run.started);
  const last = Math.max(run.finished, first + 1000);
  const view = { from: first, to: last, hover: null, drag: null };
  const fills = run.markers;
  const GUTTER = { left: 10, right: 66, top: 16 };
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

  const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000].map((s) => s * 1000);
  function timeTicks(width) {
    const wanted = Math.max(2, Math.floor(width / 105)), span = view.to - view.from;
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
    { name: "Price", height: 300, low: curve.low, high: curve.high, draw: drawPrice },
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
    const step = niceStep(pane.max - pane.min, Math.max(2, (pane.bottom - pane.top) / 46));
    const digits = Math.min(8, Math.max(0, -Math.floor(Math.log10(step)) + (/[25]/.test(String(step / Math.pow(10, Math.floor(Math.log10(step))))) && step < 1 && String(step).includes("25") ? 1 : 0)));
    pen.textAlign = "left";
    for (let tick = Math.ceil(pane.min / step) * step; tick <= pane.max + step * 1e-9; tick += step) {
      const y = Math.round(pane.y(tick)) + 0.5;
      pen.strokeStyle = css("--grid"); pen.beginPath(); pen.moveTo(pane.left, y); pen.lineTo(pane.right, y); pen.stroke();
      pen.fillStyle = css("--muted");
      pen.fillText((Math.abs(tick) < step / 2 ? "0" : grouped(tick, digits)).replace("-", "\u2212"), pane.right + 8, y);
    }
    pen.fillStyle = css("--muted"); pen.textAlign = "left";
    pen.font = "500 12px system-ui, sans-serif"; pen.fillText(pane.name, pane.left, 9); pen.font = "12px system-ui, sans-serif";
    if (!pane.axis) return;
    pen.textAlign = "center";
    for (const [ms, label] of timeTicks(pane.right - pane.left)) {
      const x = pane.x(ms), half = pen.measureText(label).width / 2;
      if (x - half >= 0 && x + half <= width) pen.fillText(label, x, pane.bottom + 17);
    }
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
    const size = to - from > 400 ? 3 : to - from > 120 ? 4 : 5;
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
    pen.strokeStyle = css("--sell"); pen.setLineDash([2, 3]); pen.lineWidth = 1;
    for (const gap of run.data_gaps.rows) {
      if (gap.at < view.from || gap.at > view.to) continue;
      const x = Math.round(pane.x(gap.at)) + 0.5;
      pen.beginPath(); pen.moveTo(x, pane.top); pen.lineTo(x, pane.bottom); pen.stroke();
    }
    pen.setLineDash([]);
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

  // Tables -----------------------------------------------------------------------------------------

  const column = (key, label, show, kind, style) => ({ key, label, show, kind: kind || "number", style });
  const side = column("side", "Side", words, "text", (row) => row.side);
  const at = (key, label) => column(key, label, moment, "time");
  const TABLES = [
    { name: "Cycles", list: run.cycles, total: run.counts.cycles, columns: [
      column("number", "#", count), column("side", "Side", words, "text", (row) => row.side), at("opened", "Opened"), at("closed", "Closed"),
      column("held", "Held", (ms) => lasting(ms / 1000)), column("size", "Size", exact), column("entry_price", "Entry", exact), column("exit_price", "Exit", exact),
      column("gross_pnl", "Gross", (text) => money(text, true)), column("fees", "Fees", (text) => money(text)),
      column("net", "Net", (text) => money(text, true), "number", (row) => tone(row.net)) ] },
    { name: "Fills", list: run.fills, total: run.counts.fills, columns: [
      at("at", "Time"), side, column("purpose", "Purpose", words, "text"), column("price", "Price", exact), column("size", "Size", exact),
      column("fee", "Fee", (text) => money(text)), column("liquidity", "Liquidity", words, "text"), column("position", "Position after", exact), column("key", "Order", String, "text") ] },
    { name: "Orders", list: run.orders, total: run.counts.orders, columns: [
      column("number", "#", count), at("created", "Created"), at("updated", "Updated"), side, column("purpose", "Purpose", words, "text"), column("price", "Price", (text) => (text === null ? "market" : exact(text))),
      column("size", "Size", exact), column("filled_size", "Filled", exact), column("status", "Status", words, "text"), column("reason", "Reason", words, "text"), column("key", "Order", String, "text") ] },
    { name: "Open orders", list: run.open_orders, total: run.counts.open_orders, columns: [
      at("created", "Created"), side, column("purpose", "Purpose", words, "text"), column("price", "Price", (text) => (text === null ? "market" : exact(text))), column("size", "Size", exact), column("filled_size", "Filled", exact), column("key", "Order", String, "text") ] },
    { name: "Funding", list: run.funding_payments, columns: [
      at("at", "Time"), column("amount", "Amount", (text) => money(text, true), "number", (row) => tone(row.amount)), column("rate", "Rate", (text) => grouped(Number(text) * 100, 4) + " %"), column("quantity", "On position", exact), column("payment_id", "Payment", String, "text") ] },
  ].filter((table, index) => index < 3 || table.list.rows.length);

  const PAGE = 25;
  let current = 0;

  function comparing(sort) {
    const { key, kind } = sort.column, turn = sort.down ? -1 : 1;
    const rank = (row) => (kind === "text" ? String(row[key] || "") : row[key] === null ? -Infinity : Number(row[key]));
    return (one, other) => { const a = rank(one), b = rank(other); return (a < b ? -1 : a > b ? 1 : 0) * turn; };
  }

  function drawTable() {
    const table = TABLES[current];
    table.shown = table.shown || PAGE;
    const rows = table.sort ? table.list.rows.slice().sort(comparing(table.sort)) : table.list.rows;
    const panel = find("panel");
    panel.setAttribute("aria-labelledby", "tab-" + current);
    if (!rows.length) { panel.replaceChildren(make("p", { class: "empty" }, "None in this run.")); return; }
    const head = make("tr", {}, table.columns.map((entry) => headCell(table, entry)));
    const body = rows.slice(0, table.shown).map((row) => make("tr", {}, table.columns.map((entry) => cell(row, entry))));
    panel.replaceChildren(make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, body))), below(table, rows.length));
  }

  function headCell(table, entry) {
    const sorted = table.sort && table.sort.column === entry;
    const sortBy = () => { table.sort = { column: entry, down: sorted ? !table.sort.down : false }; drawTable(); };
    return make("th", { class: entry.kind === "text" ? "text" : null, scope: "col", "aria-sort": sorted ? (table.sort.down ? "descending" : "ascending") : null },
      make("button", { type: "button", on: { click: sortBy } }, entry.label));
  }

  function cell(row, entry) {
    const classes = [entry.kind === "text" ? "text" : "", entry.style ? entry.style(row) : ""].join(" ").trim();
    const field = row[entry.key];
    return make("td", { class: classes || null }, field === null || field === undefined ? NONE : entry.show(field));
  }

  function below(table, listed) {
    const shown = Math.min(table.shown, listed), total = table.total === undefined ? listed : table.total;
    const more = make("button", { type: "button", class: "more", on: { click: () => { table.shown += PAGE * 8; drawTable(); } } }, "Show more");
    const rest = total > listed ? " (the JSON report lists more)" : "";
    return make("div", { class: "below" }, shown < listed ? more : null, make("span", { class: "muted" }, count(shown) + " of " + count(total) + rest));
  }

  function drawTabs() {
    const open = (index) => { current = index; drawTabs(); drawTable(); };
    find("tabs").replaceChildren(...TABLES.map((table, index) => make("button", {
      type: "button", role: "tab", id: "tab-" + index, "aria-selected": String(index === current), "aria-controls": "panel", tabindex: index === current ? "0" : "-1",
      on: { click: () => open(index), keydown: (event) => {
        const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (move) { open((current + move + TABLES.length) % TABLES.length); find("tab-" + current).focus(); }
      } },
    }, table.name, make("span", { class: "count" }, count(table.total === undefined ? table.list.rows.length : table.total)))));
  }

  // Books, data, parameters ----------------------------------------------------------------------

  function verdict(kind, sign, text) {
    return make("div", { class: "verdict" }, make("span", { class: "badge " + kind, "aria-hidden": "true" }, sign), make("div", {}, text));
  }

  function cashVerdict() {
    const check = run.cash_check;
    if (check.venue === null) return verdict("unknown", "?", "The venue\u2019s balance could not be read, so the books are not checked against it.");
    if (Number(check.difference) === 0) return verdict("", "\u2713", "Our books and the venue\u2019s cash agree to the last digit: " + exact(check.venue) + " " + unit + ".");
    const text = "The venue holds " + exact(check.venue) + " " + unit + ", our books say " + exact(check.expected) + ": a difference of " + exact(check.difference) + ".";
    return Math.abs(Number(check.difference)) < 0.005 ? verdict("warn", "\u2248", text) : verdict("bad", "!", text);
  }

  function list(title, entries) {
    if (!entries.length) return null;
    return make("ul", { class: "list" }, make("h3", {}, title), entries.map((entry) => make("li", {}, entry.at ? make("time", {}, moment(entry.at)) : null, entry.text)));
  }

  function drawQuality() {
    const gaps = run.counts.data_gaps;
    const pairs = [["Start balance", exact(run.starting_balance)], ["Realised", money(run.realised_pnl, true)], ["Fees", money(-Number(run.fees), true)],
      ["Funding", money(run.funding, true)], ["End balance", exact(run.ending_balance)], ["Unrealised", money(run.unrealised_pnl, true)], ["End equity", exact(run.ending_equity)]];
    find("quality").append(...[
      cashVerdict(),
      gaps ? verdict("warn", "!", gaps + (gaps === 1 ? " gap" : " gaps") + " in the market data.") : verdict("", "\u2713", "No gap in the market data."),
      make("dl", { class: "pairs" }, pairs.map(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]).flat()),
      list("Gaps", run.data_gaps.rows),
      list("Assumed", run.assumptions.map((text) => ({ text }))),
      list("Refused requests", Object.entries(run.refusals).map(([reason, times]) => ({ text: words(reason) + ": " + count(times) }))),
      list("Notes", run.notes.rows),
    ].filter(Boolean));
  }

  function drawParameters() {
    find("parameters").append(...Object.entries(run.parameters).map(([name, field]) => [make("dt", {}, words(name)), make("dd", {}, value(field))]).flat());
  }

  function drawFooter() {
    find("footer").append(...["perp-dex-tools " + run.code_version, "computed in " + lasting(Number(run.clock.wall_seconds)), "report schema " + run.schema].map((text) => make("span", {}, text)));
  }

  run.cycles.rows.forEach((row) => {
    row.held = row.closed - row.opened;
    row.net = row.fees === null ? null : Number(row.gross_pnl) - Number(row.fees);
  });
  find("page").hidden = false;
  drawHeader(); drawTiles(); preparePanes(); drawTabs(); drawTable(); drawQuality(); drawParameters(); drawFooter(); listen(); drawCharts();
})();
