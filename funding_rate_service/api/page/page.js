// Keeps the page like the service: asks once, then listens, and draws what changed.

import { draw, sample } from "./chart.js";
import { SortedTable, ago, dollars, el, percent, rateCell, tone, venueCard } from "./view.js";

const $ = (id) => document.getElementById(id);
const rows = new Map(); // symbol -> Map(dex -> row)
const collected = new Map(); // dex -> ms of the service's clock
const hidden = new Set(); // venues that the chart leaves out
let health = { venues: [], stale_after_s: 300 };
let offset = 0; // ms that the service's clock is ahead of ours
let histories = [];
const serviceNow = () => Date.now() + offset;

const rateTable = new SortedTable($("rate-table"), { key: "spread", down: true });
const pairTable = new SortedTable($("pair-table"), { key: "net", down: true });

// Asking ---------------------------------------------------------------------

const headers = () => {
  const token = sessionStorage.getItem("token");
  return token ? { authorization: `Bearer ${token}` } : {};
};

const ask = async (path, parameters = {}) => {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(`api/v1/${path}${query.size ? `?${query}` : ""}`, { headers: headers() });
  if (answer.status === 401) $("token-form").hidden = false;
  const told = await answer.json();
  if (!answer.ok && !told.venues) throw new Error(told.error);
  if (told.as_of) offset = Date.parse(told.as_of) - Date.now();
  return told;
};

const listen = async () => {
  const answer = await fetch("api/v1/stream", { headers: headers() });
  if (answer.status === 401) $("token-form").hidden = false;
  if (!answer.ok) throw new Error(`the stream answers ${answer.status}`);
  status("live");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the stream ended");
    const parts = (text + value).split("\n\n");
    text = parts.pop();
    for (const part of parts) heard(part);
  }
};

const heard = (frame) => {
  const fields = Object.fromEntries(frame.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
  if (!fields.data) return;
  const told = JSON.parse(fields.data);
  if (fields.event === "health") {
    health = told;
    offset = Date.parse(told.as_of) - Date.now();
  } else {
    for (const bySymbol of rows.values()) bySymbol.delete(told.dex);
    for (const row of told.rates) {
      if (!rows.has(row.symbol)) rows.set(row.symbol, new Map());
      rows.get(row.symbol).set(row.dex, row);
      collected.set(row.dex, Date.parse(row.collected_at));
    }
  }
  soon();
};

const follow = async () => {
  for (;;) {
    try {
      await listen();
    } catch (error) {
      status("lost", error.message);
    }
    await new Promise((done) => setTimeout(done, 3000));
  }
};

const status = (state, text = "") => {
  $("status").dataset.state = state;
  $("status-text").textContent = state === "live" ? "live" : `not connected: ${text}; what is shown grows old`;
};

// Drawing --------------------------------------------------------------------

let planned = false;
const soon = () => {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    drawRates();
    drawHealth();
    offerSymbols();
  });
};

const age = (dex) => (collected.has(dex) ? (serviceNow() - collected.get(dex)) / 1000 : null);
const isStale = (dex) => (age(dex) ?? Infinity) > health.stale_after_s;
const venues = () => [...new Set([...health.venues.map((each) => each.dex), ...collected.keys()])].sort();

const spread = (bySymbol) => {
  const fresh = [...bySymbol.values()].filter((row) => !isStale(row.dex)).map((row) => Number(row.rate_8h));
  return fresh.length > 1 ? Math.max(...fresh) - Math.min(...fresh) : null;
};

const drawRates = () => {
  const unit = $("unit").value;
  const wanted = $("filter").value.toUpperCase().split(/[\s,]+/).filter(Boolean);
  const shown = [...rows].filter(([symbol, by]) => by.size && (!wanted.length || wanted.some((part) => symbol.toUpperCase().includes(part))));
  const columns = [
    { key: "symbol", title: "Symbol", value: ([symbol]) => symbol, cell: ([symbol]) => symbolCell(symbol) },
    { key: "spread", title: "Apart, 8 h", value: ([, by]) => spread(by), cell: ([, by]) => el("td", {}, percent(spread(by))) },
    ...venues().map((dex) => ({
      key: `dex ${dex}`,
      title: dex,
      small: true,
      value: ([, by]) => (by.has(dex) ? Number(by.get(dex)[unit]) : null),
      cell: ([, by]) => {
        const cell = rateCell(by.get(dex), unit);
        if (by.has(dex) && isStale(dex)) cell.classList.add("stale");
        return cell;
      },
    })),
  ];
  rateTable.show(columns, shown, rows.size ? "No symbol fits the filter. Escape clears it." : "Waiting for the first rates.");
  $("rates-note").textContent = `${shown.length} symbols at ${venues().length} venues. Under each venue the age of its rates; struck out when older than ${ago(health.stale_after_s)}.`;
  drawAges();
};

const symbolCell = (symbol, row = symbol) => {
  const button = el("button", { type: "button", title: `history of ${symbol}` }, symbol);
  button.dataset.row = row;
  button.addEventListener("click", () => {
    $("history-symbol").value = symbol;
    $("history").scrollIntoView();
    readHistory();
  });
  return el("th", { scope: "row" }, button);
};

const drawAges = () => {
  for (const cell of $("rate-table").tHead.querySelectorAll("th[data-key^='dex ']")) {
    const dex = cell.dataset.key.slice(4);
    const small = cell.querySelector("small");
    small.textContent = age(dex) === null ? "none yet" : ago(age(dex));
    small.classList.toggle("stale", isStale(dex));
  }
  for (const cell of $("pair-table").tBodies[0].querySelectorAll("td[data-legs]")) {
    const legs = cell.dataset.legs.split(" ");
    cell.textContent = legs.every((dex) => collected.has(dex)) ? ago(Math.max(...legs.map(age))) : "–";
    cell.classList.toggle("stale", legs.some(isStale));
  }
};

const drawHealth = () => {
  $("venue-cards").replaceChildren(...health.venues.map((each) => venueCard(each, age(each.dex))));
};

const legCell = (leg) => el("td", { title: `${percent(leg.rate, 6)} every ${Number(leg.interval_hours)} h` }, leg.dex);
const number = (text) => (text === null || text === undefined ? null : Number(text));
const even = (hours) => (hours === null ? "–" : `${Number(hours).toFixed(1)} h`);
const room = (capacity) => (capacity ? dollars(capacity.notional_usd) + (capacity.at_least ? "+" : "") : "–");
const lasts = (survival) => (survival ? `${survival.mean_run_hours.toFixed(0)} h` : "–");
const legsCell = (pair) => {
  const cell = el("td", { className: "none" });
  cell.dataset.legs = `${pair.long.dex} ${pair.short.dex}`;
  return cell;
};

const PAIR_COLUMNS = [
  { key: "symbol", title: "Symbol", value: (p) => p.symbol, cell: (p) => symbolCell(p.symbol, `${p.symbol} ${p.long.dex} ${p.short.dex}`) },
  { key: "long", title: "Long", hint: "Where to buy", value: (p) => p.long.dex, cell: (p) => legCell(p.long) },
  { key: "short", title: "Short", hint: "Where to sell", value: (p) => p.short.dex, cell: (p) => legCell(p.short) },
  ...[
    ["net", "Net", "Funding less costs within the horizon", (p) => number(p.net), (p) => percent(p.net), false],
    ["annual", "A year", "The net, if it went on for a year", (p) => number(p.net_annual), (p) => percent(p.net_annual, 1), false],
    ["even", "Pays after", "When funding has paid the costs", (p) => number(p.break_even_hours), (p) => even(p.break_even_hours), false],
    ["divergence", "Apart, 8 h", "How far the two rates are apart", (p) => number(p.divergence_8h), (p) => percent(p.divergence_8h), true],
    ["funding", "Funding", "What settles within the horizon", (p) => number(p.funding), (p) => percent(p.funding), true],
    ["costs", "Costs", "Four fees, slippage and basis", (p) => number(p.costs.total), (p) => percent(p.costs.total) + (p.depth_known ? "" : " *"), true],
    ["capacity", "Room, USD", "Notional at which the edge is used up", (p) => number(p.capacity?.notional_usd), (p) => room(p.capacity), true],
    ["survival", "Lasts", "Mean length of such an edge in 30 days", (p) => p.survival?.mean_run_hours ?? null, (p) => lasts(p.survival), true],
  ].map(([key, title, hint, value, text, minor]) => ({
    key, title, hint, minor, value,
    cell: (pair) => el("td", { className: ["net", "annual"].includes(key) ? tone(value(pair)) : "" }, text(pair)),
  })),
  { key: "age", title: "Age", hint: "Of the older of the two rates", minor: true, value: (p) => Math.max(p.long.age_s, p.short.age_s), cell: legsCell },
];

const readPairs = async () => {
  const asked = { limit: 40, horizon_hours: $("horizon").value, fees: $("fees").value, notional: $("notional").value };
  try {
    const told = await ask("opportunities", asked);
    pairTable.show(PAIR_COLUMNS, told.opportunities, "No two venues have fresh rates of one symbol yet.");
    drawAges();
    const out = Object.entries(told.left_out).map(([reason, count]) => `${count} for ${reason}`);
    const earning = told.opportunities.filter((pair) => Number(pair.net) > 0).length;
    $("pairs-note").textContent =
      `${earning} of the ${told.opportunities.length} best pairs earn more than their costs within the horizon. * without depth: no book is known.` +
      (out.length ? ` Markets left out: ${out.join(", ")}.` : "");
  } catch (error) {
    // The pairs stay as they are, and their age tells that they grow old.
    $("pairs-note").textContent = `Not read again: ${error.message}`;
  }
};

const offerSymbols = () => {
  const select = $("history-symbol");
  const names = [...rows.keys()].sort();
  if (names.join() === [...select.options].map((each) => each.value).join()) return;
  const chosen = select.value || (names.includes("BTC") ? "BTC" : names[0]);
  select.replaceChildren(...names.map((name) => el("option", {}, name)));
  select.value = chosen;
  readHistory();
};

const readHistory = async () => {
  const symbol = $("history-symbol").value;
  if (!symbol) return;
  const [kind, days] = $("history-span").value.split("-");
  const since = new Date(serviceNow() - days * 86400000).toISOString();
  const names = venues().filter((dex) => rows.get(symbol)?.has(dex));
  histories = await Promise.all(
    names.map(async (dex, place) => {
      try {
        const told = await ask(`history/funding-rates/${encodeURIComponent(dex)}/${encodeURIComponent(symbol)}`, { kind, since, limit: 5000 });
        const points = told.points.filter((p) => p.rate_8h !== null).map((p) => [Date.parse(p.time), Number(p.rate_8h)]);
        return { name: dex, place, points };
      } catch {
        return { name: dex, place, points: [] };
      }
    }),
  );
  drawHistory();
  readStatistics(symbol);
};

const drawHistory = () => {
  const buttons = histories.map(({ name, place }) => {
    const button = el("button", { type: "button" }, sample(place), name);
    button.setAttribute("aria-pressed", String(!hidden.has(name)));
    button.addEventListener("click", () => {
      if (!hidden.delete(name)) hidden.add(name);
      drawHistory();
    });
    return button;
  });
  $("legend").replaceChildren(...buttons);
  const shown = histories.filter(({ name }) => !hidden.has(name));
  draw($("chart"), shown);
  const told = shown.filter(({ points }) => points.length).map(({ name, points }) => `${name} ${percent(points.at(-1)[1])}`);
  $("chart-text").textContent = told.length ? `Per 8 hours; last: ${told.join(", ")}` : "Per 8 hours.";
};

const readStatistics = async (symbol) => {
  const told = await ask(`stats/funding-rates/${encodeURIComponent(symbol)}`).catch(() => ({ dexes: [] }));
  const table = $("statistics-table");
  const titles = told.dexes.length ? ["30 days", "Mean, 8 h", "Lowest", "Highest", "Mean a year", "Longs paid", "Hours"] : [];
  table.tHead.replaceChildren(el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, el("span", {}, title)))));
  table.tBodies[0].replaceChildren(
    ...told.dexes.map((each) => {
      const texts = [percent(each.mean_8h), percent(each.low_8h), percent(each.high_8h), percent(each.mean_annual, 1), `${(each.positive_share * 100).toFixed(0)} %`, each.hours];
      return el("tr", {}, el("th", { scope: "row" }, each.dex), ...texts.map((text) => el("td", {}, text)));
    }),
  );
};

// The page -------------------------------------------------------------------

const setTheme = (theme) => {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "Light" : "Dark";
};

const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
setTheme(localStorage.getItem("theme") ?? preferred);
$("theme").addEventListener("click", () => {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", theme);
  setTheme(theme);
});
$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", $("token").value);
  location.reload();
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && !["INPUT", "SELECT"].includes(event.target.tagName)) {
    event.preventDefault();
    $("filter").focus();
  }
});
$("filter").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  $("filter").value = "";
  drawRates();
});
addEventListener("resize", () => drawHistory());
$("filter").addEventListener("input", drawRates);
$("unit").addEventListener("change", drawRates);
for (const id of ["horizon", "fees", "notional"]) $(id).addEventListener("change", readPairs);
for (const id of ["history-symbol", "history-span"]) $(id).addEventListener("change", readHistory);
setInterval(drawAges, 1000);
setInterval(readPairs, 30000);
setInterval(readHistory, 60000);
drawRates();
follow();
readPairs();
