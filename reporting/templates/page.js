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
  const kind = feesKnown ? " gained net" : " gained gross";
  const gained = !cycles.length ? "none completed" : (won === cycles.length ? "all" : count(won) + " of " + count(cycles.length)) + kind;
  const open = Number(run.position) !== 0;
  const start = Number(run.starting_balance);
  const change = start > 0 ? (Number(run.net_pnl) / start) * 100 : null;
  const changeText = change === null ? "" : (change < 0 ? "\u2212" : "+") + grouped(Math.abs(change), 3) + " % of balance";
  find("tiles").append(
    tile("Net PnL after fees", money(run.net_pnl, true), changeText, tone(run.net_pnl), true),
    tile("Open position", open ? exact(run.position) : "flat", open ? money(run.unrealised_pnl, true) + " unrealised" : "nothing held"),
    tile("Fees", money(run.fees), Number(run.funding) ? money(run.funding, true) + " funding" : "no funding"),
    tile("Cycles", count(run.counts.cycles), gained),
    tile("Max drawdown", money(run.max_drawdown), grouped(Number(run.max_drawdown_fraction) * 100, 3) + " % of the peak"),
    tile("Fills", count(run.counts.fills), money(run.volume) + " traded"));
}

// Books, data, parameters ----------------------------------------------------------------------

function verdict(kind, sign, text) {
  return make("div", { class: "verdict" }, make("span", { class: "badge " + kind, "aria-hidden": "true" }, sign), make("div", {}, text));
}

function cashVerdict() {
  const check = run.cash_check;
  if (check.venue === null) return verdict("unknown", "?", "The venue\u2019s balance was not read, or orders traded meanwhile, so the books are not checked against it.");
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
