// Tables -----------------------------------------------------------------------------------------

const column = (key, label, show, kind, style) => ({ key, label, show, kind: kind || "number", style, exact: show === exact });
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
    column("number", "#", count), at("created", "Created"), at("updated", "Updated"), side, column("purpose", "Purpose", words, "text"), column("price", "Price", exact),
    column("size", "Size", exact), column("filled_size", "Filled", exact), column("status", "Status", words, "text"), column("reason", "Reason", words, "text"), column("key", "Order", String, "text") ] },
  { name: "Open orders", list: run.open_orders, total: run.counts.open_orders, columns: [
    at("created", "Created"), side, column("purpose", "Purpose", words, "text"), column("price", "Price", exact), column("size", "Size", exact), column("filled_size", "Filled", exact), column("key", "Order", String, "text") ] },
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
  // A column that tells nothing in this run is left out.
  const columns = table.columns.filter((entry) => table.list.rows.some((row) => row[entry.key] !== null && row[entry.key] !== ""));
  for (const entry of columns) entry.digits = entry.digits || widest(table.list.rows, entry);
  const head = make("tr", {}, columns.map((entry) => headCell(table, entry)));
  const body = rows.slice(0, table.shown).map((row) => make("tr", {}, columns.map((entry) => cell(row, entry))));
  panel.replaceChildren(make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, body))), below(table, rows.length));
}

function widest(rows, entry) {
  return entry.exact ? rows.reduce((most, row) => Math.max(most, Math.min(10, (String(row[entry.key]).split(".")[1] || "").length)), 0) : 0;
}

function headCell(table, entry) {
  const sorted = table.sort && table.sort.column === entry;
  const sortBy = () => { table.sort = { column: entry, down: sorted ? !table.sort.down : false }; drawTable(); };
  return make("th", { class: entry.kind === "number" ? null : "text", scope: "col", "aria-sort": sorted ? (table.sort.down ? "descending" : "ascending") : null },
    make("button", { type: "button", on: { click: sortBy } }, entry.label));
}

function cell(row, entry) {
  const classes = [entry.kind === "number" ? "" : "text", entry.style ? entry.style(row) : ""].join(" ").trim();
  const field = row[entry.key];
  return make("td", { class: classes || null }, field === null || field === undefined ? NONE : entry.show(field, entry.digits));
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
