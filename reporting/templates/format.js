// One run, drawn from the JSON in #data. No library, no network.
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
const moneyDigits = (value) => (Math.abs(value) < 1 ? 4 : 2);

function money(text, sign) {
  if (text === null || text === undefined) return NONE;
  const value = Number(text);
  const shown = grouped(Math.abs(value), moneyDigits(value));
  const zero = Number(shown.replace(/,/g, "")) === 0;
  if (value < 0 && !zero) return "\u2212" + shown;
  return (sign && !zero ? "+" : "") + shown;
}

// Prices and sizes keep every digit they came with; `digits` pads, so that a column lines up.
function exact(text, digits) {
  if (text === null || text === undefined) return NONE;
  let [whole, fraction] = String(text).split(".");
  fraction = (fraction || "").slice(0, 10).padEnd(digits || 0, "0");
  const negative = whole.startsWith("-");
  const grouping = whole.replace("-", "").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return (negative ? "\u2212" : "") + grouping + (fraction ? "." + fraction : "");
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
