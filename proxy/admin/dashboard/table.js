// A table that is refreshed in place: rows stay the elements they are, so that focus, hovering and selection stay. What it
// shows comes from strangers: text is only ever textContent.
import { count } from "./format.js";

const most = 200;  // rows in the document; the rest is found by sorting and filtering

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""), "en", { numeric: true });
}

export class Table {
  #rows = new Map();
  #items = [];
  #filter = "";

  // columns: {name, value(item), text?(item), tone?(item), numeric?, wide?, action?(item) -> {label, title, do}}.
  constructor({ at, heading, columns, key, sortBy = 0, descending = false, empty, note }) {
    Object.assign(this, { columns, key, sortBy, descending, empty, note, heading });
    const table = element("table", { "aria-labelledby": heading, role: "table" });
    const scroll = element("div", { class: "scroll" });
    const head = element("tr", { role: "row" });
    this.heads = columns.map((column, index) => {
      const th = element("th", { scope: "col", role: "columnheader" });
      if (column.numeric) th.className = "n";
      if (column.action) th.append(element("span", {}, column.name));
      else {
        const button = element("button", { type: "button" }, column.name);
        button.addEventListener("click", () => this.#sort(index));
        th.append(button);
      }
      head.append(th);
      return th;
    });
    const thead = element("thead", { role: "rowgroup" });
    thead.append(head);
    this.body = element("tbody", { role: "rowgroup" });
    table.append(thead, this.body);
    scroll.append(table);
    document.getElementById(at).append(scroll);
    this.#mark();
  }

  show(items) { this.#items = items; this.#draw(); }
  filter(text) { this.#filter = text.trim().toLowerCase(); this.#draw(); }

  #sort(index) {
    this.descending = index === this.sortBy ? !this.descending : Boolean(this.columns[index].numeric);
    this.sortBy = index;
    this.#mark();
    this.#draw();
  }

  #mark() {
    this.heads.forEach((th, index) => {
      if (index === this.sortBy) th.setAttribute("aria-sort", this.descending ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
  }

  #matches(item) {
    return this.columns.some(column => !column.action && String((column.text || column.value)(item) ?? "").toLowerCase().includes(this.#filter));
  }

  #chosen() {
    const found = this.#filter ? this.#items.filter(each => this.#matches(each)) : this.#items;
    const { value } = this.columns[this.sortBy];
    const sign = this.descending ? -1 : 1;
    const keyed = found.map(item => ({ item, by: value(item), key: this.key(item) }));
    keyed.sort((a, b) => sign * compare(a.by, b.by) || compare(a.key, b.key));
    return keyed;
  }

  #draw() {
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    const all = this.#chosen();
    const chosen = all.slice(0, most);
    const rows = new Map(chosen.map(({ item, key }) => [key, this.#fill(this.#rows.get(key) || this.#row(), item)]));
    for (const [key, row] of this.#rows) if (!rows.has(key)) row.remove();
    this.#rows = rows;
    this.none?.remove();
    let next = this.body.firstElementChild;
    for (const row of rows.values()) {
      if (row === next) next = next.nextElementSibling;
      else this.body.insertBefore(row, next);
    }
    if (rows.size === 0) this.#sayNone();
    if (this.note) this.note.textContent = this.#told(all.length, chosen.length);
    if (focused && document.activeElement !== focused)
      (focused.isConnected ? focused : document.getElementById(this.heading)).focus({ preventScroll: true });
  }

  #told(found, shown) {
    const of = this.#filter ? `${count(found)} of ${count(this.#items.length)}` : count(found);
    return shown < found ? `${of}; the first ${count(shown)} in this order are shown: sort or filter to see others` : of;
  }

  #sayNone() {
    this.none = element("tr", { role: "row" });
    this.none.append(element("td", { class: "nothing", role: "cell", colspan: this.columns.length }, this.#filter ? "None that matches the filter." : this.empty));
    this.body.append(this.none);
  }

  #row() {
    const row = element("tr", { role: "row" });
    for (const column of this.columns) {
      const cell = element("td", { role: "cell", "data-label": column.action ? "" : column.name });
      cell.className = [column.numeric && "n", column.wide && "wide", column.action && "action"].filter(Boolean).join(" ");
      if (column.action) {
        const button = element("button", { type: "button" });
        button.addEventListener("click", () => column.action(row.item).do());
        cell.append(button);
      } else cell.append(element("span"));
      row.append(cell);
    }
    return row;
  }

  #fill(row, item) {
    row.item = item;
    this.columns.forEach((column, index) => {
      const inner = row.children[index].firstElementChild;
      const action = column.action?.(item);
      const text = action ? action.label : String((column.text || column.value)(item) ?? "–");
      if (inner.textContent !== text) inner.textContent = text;
      if (action) inner.setAttribute("aria-label", action.title);
      const tone = column.tone?.(item) || "";
      if (inner.className !== tone) inner.className = tone;
    });
    return row;
  }
}
