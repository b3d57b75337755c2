// How numbers and tables look; knows no network.

export const el = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

export const percent = (fraction, digits = 4) => {
  if (fraction === null || fraction === undefined) return "–";
  const shown = (Number(fraction) * 100).toFixed(digits);
  const value = Number(shown); // what rounds to nothing has no sign
  return `${value > 0 ? "+" : value < 0 ? "\u2212" : ""}${Math.abs(value).toFixed(digits)} %`;
};

export const dollars = (amount) => {
  if (amount === null || amount === undefined) return "–";
  return Number(amount).toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 1 });
};

export const ago = (seconds) => {
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
};

export const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");

// A table whose headings sort it, and which says why it is empty. Columns: {key, title, hint?, small?,
// minor?, value(row), cell(row) -> node}; minor ones are left out on a phone.
export class SortedTable {
  constructor(table, sort) {
    this.head = table.tHead;
    this.body = table.tBodies[0];
    this.sort = sort; // {key, down}
    this.columns = [];
    this.rows = [];
  }

  show(columns, rows, empty = "") {
    this.empty = empty;
    const same = columns.map((c) => c.key).join() === this.columns.map((c) => c.key).join();
    this.columns = columns;
    this.rows = rows;
    if (!same) this.#heading();
    this.#body();
  }

  #heading() {
    const cells = this.columns.map((column) => {
      const button = el("button", { type: "button" }, column.title);
      if (column.small) button.append(el("small", {}, ""));
      button.addEventListener("click", () => this.#sortBy(column.key));
      const cell = el("th", { scope: "col", title: column.hint ?? "", className: column.minor ? "minor" : "" }, button);
      cell.dataset.key = column.key;
      return cell;
    });
    this.head.replaceChildren(el("tr", {}, ...cells));
  }

  #sortBy(key) {
    this.sort = { key, down: this.sort.key === key ? !this.sort.down : true };
    this.#body();
  }

  #body() {
    for (const cell of this.head.querySelectorAll("th")) {
      const chosen = cell.dataset.key === this.sort.key;
      cell.setAttribute("aria-sort", !chosen ? "none" : this.sort.down ? "descending" : "ascending");
    }
    const column = this.columns.find((c) => c.key === this.sort.key) ?? this.columns[0];
    const factor = this.sort.down ? -1 : 1;
    const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);
    const ordered = [...this.rows].sort((one, other) => {
      const [a, b] = [column.value(one), column.value(other)];
      if (!known(a) || !known(b)) return known(b) - known(a); // what is not known comes last
      return factor * (typeof a === "string" ? a.localeCompare(b) : a - b);
    });
    const focused = document.activeElement?.dataset?.row;
    this.body.replaceChildren(...ordered.map((row) => el("tr", {}, ...this.columns.map((c) => this.#cell(c, row)))));
    if (!ordered.length) this.body.append(el("tr", { className: "empty" }, el("td", { colSpan: this.columns.length || 1 }, this.empty)));
    if (focused) this.body.querySelector(`[data-row="${CSS.escape(focused)}"]`)?.focus();
  }

  #cell(column, row) {
    const cell = column.cell(row);
    if (column.minor) cell.classList.add("minor");
    return cell;
  }
}

// A cell coloured by how large a rate is: a basis point per 8 hours is faint, ten are strong.
export const rateCell = (row, unit) => {
  if (!row) return el("td", { className: "none" }, "–");
  const per8h = Number(row.rate_8h);
  const cell = el("td", { className: `rate ${per8h > 0 ? "hot" : "cold"}` }, percent(row[unit], unit === "annual_rate" ? 2 : 4));
  cell.style.setProperty("--heat", Math.min(0.85, Math.abs(per8h) ** 0.6 * 45).toFixed(3));
  cell.title = [
    `${row.dex} ${row.symbol}`,
    `${percent(row.rate, 6)} every ${Number(row.interval_hours)} h`,
    row.next_funding_time ? `next at ${row.next_funding_time}` : "accrues all the time",
    `volume ${dollars(row.volume_24h_usd)} USD, open interest ${dollars(row.open_interest_usd)} USD`,
  ].join("\n");
  return cell;
};

export const venueCard = (venue, age) => {
  const told = venue.error || (venue.status === "waiting" ? "has not answered yet" : `answered in ${venue.duration_ms} ms`);
  const card = el(
    "article",
    { className: `card ${venue.status}` },
    el("h3", {}, venue.dex),
    el("p", {}, `${venue.status}${age === null ? "" : `, ${ago(age)} old`}, ${venue.rows} rates`),
    el("p", {}, told),
  );
  if (venue.failures_in_row) card.append(el("p", { className: "down" }, `${venue.failures_in_row} failures in a row`));
  if (venue.quarantined_count) {
    const list = venue.quarantined.map((each) => el("p", {}, `${each.symbol}: ${each.reason}`));
    card.append(el("details", {}, el("summary", {}, `${venue.quarantined_count} rows in quarantine`), ...list));
  }
  return card;
};
