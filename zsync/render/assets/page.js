// What readers do: filter, sort, fold, move with keys, choose a theme, print.

const filters = document.getElementById("filters");
const found = document.getElementById("found");
const printed = 5000;

function refresh() {
  const { items: next, count } = selectItems();
  const all = rows.length.toLocaleString("en");
  found.textContent = count === rows.length ? `All ${all} changes` : `${count.toLocaleString("en")} of ${all} changes`;
  if (table.getBoundingClientRect().top < 0 && next.length < items.length) document.getElementById("changes").scrollIntoView();
  showItems(next);
}

function chips(title, names, key, chosen, kinds = names) {
  const group = element("fieldset", { class: "chips" }, element("legend", {}, title));
  const numbers = names.map(() => 0);
  for (const row of rows) numbers[row[key]] += 1;
  names.forEach((name, index) => {
    if (!numbers[index]) return;
    const box = element("input", { type: "checkbox", name: title, value: name });
    box.addEventListener("change", () => {
      chosen[box.checked ? "add" : "delete"](index);
      refresh();
    });
    group.append(element("label", { class: kinds[index] }, box, element("span", {}, `${name} `, element("b", {}, numbers[index].toLocaleString("en")))));
  });
  return group;
}

function choice(title, names, every, key) {
  const options = [element("option", { value: -1 }, every), ...names.map((name, index) => element("option", { value: index }, name))];
  const select = element("select", { name: key, id: `choose-${key}` }, ...options);
  select.addEventListener("change", () => {
    shown[key] = Number(select.value);
    refresh();
  });
  return element("div", { class: "choice" }, element("label", { for: select.id }, title), select);
}

function button(name, text, act) {
  const made = element("button", { type: "button", id: name }, text);
  made.addEventListener("click", act);
  return made;
}

function foldAll() {
  if (folded.size) folded.clear();
  else data.parents.forEach((_, parent) => folded.add(parent));
  refresh();
  document.getElementById("fold").textContent = folded.size ? "Unfold all" : "Fold all";
}

function setGrouped(grouped) {
  shown.grouped = grouped;
  document.getElementById("fold").hidden = !grouped;
  sortRows();
  refresh();
}

function addFilters() {
  const search = element("input", { type: "search", name: "search", placeholder: "Search names, ids, files", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => {
    shown.search = search.value;
    refresh();
  });
  const grouped = element("input", { type: "checkbox", name: "grouped" });
  grouped.checked = true;
  grouped.addEventListener("change", () => setGrouped(grouped.checked));
  filters.append(element("label", { class: "search" }, element("span", {}, "Search"), search, element("kbd", { "aria-hidden": "true" }, "/")));
  if (isReport) filters.append(chips("Outcome", data.statuses, at.status, shown.statuses));
  filters.append(chips("Change", data.words, at.action, shown.actions, data.actions));
  if (listNames.length > 1) filters.append(choice("List", listNames, "All lists", "list"));
  if (data.origins.length > 1) filters.append(choice("Origin", data.origins, "All origins", "origin"));
  filters.append(element("label", { class: "grouped" }, grouped, " By parent"), button("fold", "Fold all", foldAll));
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.hidden = false;
}

function addSorting() {
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const [column, title] = data.columns[index];
    const sorter = button(`sort-${column}`, title, () => {
      const next = shown.column !== column ? [column, false] : shown.down ? ["", false] : [column, true];
      [shown.column, shown.down] = next;
      for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
      if (shown.column) head.setAttribute("aria-sort", shown.down ? "descending" : "ascending");
      sortRows();
      refresh();
    });
    head.replaceChildren(sorter);
    head.setAttribute("role", "columnheader");
  });
}

function toggle(position) {
  const parent = ~items[position];
  folded[folded.has(parent) ? "delete" : "add"](parent);
  document.getElementById("fold").textContent = folded.size ? "Unfold all" : "Fold all";
  refresh();
}

function onKey(event) {
  const isParent = items[active] < 0;
  const open = isParent && !folded.has(~items[active]);
  const page = Math.max(1, Math.floor(window.innerHeight / 80));
  const moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: items.length - 1 };
  if (event.target !== table || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in moves) moveTo(moves[event.key]);
  else if (isParent && (event.key === "Enter" || event.key === " " || event.key === (open ? "ArrowLeft" : "ArrowRight"))) toggle(active);
  else if (event.key === "ArrowLeft" && !isParent && shown.grouped) moveTo(items.indexOf(~rows[items[active]][at.parent]));
  else return;
  event.preventDefault();
}

function onPageKey(event) {
  const { search } = filters.elements;
  const typing = event.target.matches?.("input[type=search], select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) search.focus();
  else if (event.key === "Escape" && event.target === search && search.value) {
    search.value = "";
    search.dispatchEvent(new Event("input"));
  } else if (event.key === "ArrowDown" && event.target === search) table.focus();
  else return;
  event.preventDefault();
}

function addTheme() {
  const themes = ["auto", "dark", "light"];
  const control = document.getElementById("theme");
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    control.textContent = `Theme: ${theme}`;
  };
  const kept = (act) => {
    try {
      return act();
    } catch {
      return null; // Some browsers keep nothing for pages from files.
    }
  };
  const stored = kept(() => localStorage.getItem("zsync-theme"));
  set(themes.includes(stored) ? stored : "auto");
  control.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    set(next);
    kept(() => localStorage.setItem("zsync-theme", next));
  });
  control.hidden = false;
}

function addPrinting() {
  window.addEventListener("beforeprint", () => {
    draw(0, Math.min(items.length, printed));
    if (items.length > printed) body.append(element("tr", {}, element("td", { colspan: data.columns.length }, `… and ${(items.length - printed).toLocaleString("en")} more rows`)));
  });
  window.addEventListener("afterprint", () => showItems(items));
}

// The chart's lists filter the table.
function addChart() {
  for (const row of document.querySelectorAll("#chart tbody tr")) {
    const title = row.cells[0].querySelector("span");
    const index = listNames.indexOf(title.textContent);
    const select = filters.elements.list;
    if (index < 0 || !select) continue;
    const name = element("button", { type: "button", title: "Show this list alone" }, listNames[index]);
    name.addEventListener("click", () => {
      select.value = select.value === String(index) ? "-1" : String(index);
      select.dispatchEvent(new Event("change"));
      document.getElementById("changes").scrollIntoView();
    });
    title.replaceChildren(name);
  }
}

function addTable() {
  table.setAttribute("role", "treegrid");
  table.setAttribute("tabindex", "0");
  table.setAttribute("aria-colcount", data.columns.length);
  table.tHead.setAttribute("role", "rowgroup");
  table.tHead.rows[0].setAttribute("role", "row");
  table.tHead.rows[0].setAttribute("aria-rowindex", "1");
  body.setAttribute("role", "rowgroup");
  table.addEventListener("keydown", onKey);
  table.addEventListener("focus", () => active < 0 && items.length && moveTo(drawn.first));
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[id]");
    if (row === null || String(window.getSelection())) return;
    active = Number(row.id.slice(5));
    if (items[active] < 0) toggle(active);
    else markActive();
  });
}

addTheme();
if (table !== null) {
  document.getElementById("bare")?.remove();
  addFilters();
  addChart();
  addSorting();
  addTable();
  addPrinting();
  refresh();
  const stick = () => table.style.setProperty("--stuck", `${filters.getBoundingClientRect().height}px`);
  stick();
  document.addEventListener("keydown", onPageKey);
  document.addEventListener("scroll", paint, { passive: true });
  window.addEventListener("resize", () => {
    stick();
    showItems(items);
  });
  (window.requestIdleCallback ?? window.setTimeout)(searchTexts);
}
