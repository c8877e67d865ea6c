// Rows as elements. Texts become text nodes alone: no markup is ever made from them.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const lines = (parts) => parts.flatMap((part, index) => (index ? [element("br"), part] : [part]));
const code = (text) => element("code", {}, text);
const badge = (kind, text) => element("span", { class: `badge ${kind}` }, text);

function fieldElements({ name, old, now, move }) {
  const sides = [];
  if (old !== null) sides.push(element("del", {}, old));
  if (old !== null && now !== null) sides.push(` ${arrow} `);
  if (now !== null) sides.push(element("ins", {}, now));
  if (move) sides.push(` ${move}`);
  return element("span", {}, `${name}: `, ...sides);
}

const cellOf = {
  status: (row) => [badge(data.statuses[row[at.status]], data.statuses[row[at.status]])],
  action: (row) => [badge(data.actions[row[at.action]], `${data.runes[row[at.action]]} ${data.words[row[at.action]]}`)],
  record: (row) => lines([...(row[at.label] ? [element("strong", {}, row[at.label])] : []), code(row[at.id])]),
  list: (row) => (shown.grouped ? [listOf(row)] : lines([listOf(row), element("small", {}, `of ${parentText(row[at.parent])}`)])),
  fields: (row) => lines(fieldsOf(row).map(fieldElements)),
  answer: (row) => [answerOf(row)],
  place: (row) => lines([
    ...(placeOf(row) ? [element("code", {}, data.files[row[at.file]], element("span", {}, lineOf(row)))] : []),
    ...(originOf(row) ? [element("span", { class: "origin" }, originOf(row))] : []),
  ]),
};

const parentText = (parent) => data.parents[parent].slice(0, 2).filter(Boolean).join(" ") || data.parents[parent][2];

function parentRow(parent, position) {
  const [module, label, id] = data.parents[parent];
  const name = label ? [" ", element("strong", {}, label)] : [];
  const counted = element("span", { class: "count" }, matches[parent].toLocaleString("en"));
  const cell = element("td", { colspan: data.columns.length, role: "gridcell" }, element("span", { class: "fold" }), module, ...name, " ", code(id), " ", counted);
  return element("tr", {
    class: "parent", role: "row", id: `item-${position}`, "aria-level": 1, "aria-rowindex": position + 2, "aria-expanded": String(!folded.has(parent)),
  }, cell);
}

function changeRow(row, position) {
  const cells = data.columns.map(([key, title]) =>
    element("td", { class: key, role: "gridcell", "data-title": title }, ...cellOf[key](row)));
  const level = shown.grouped ? 2 : 1;
  return element("tr", { role: "row", id: `item-${position}`, "aria-level": level, "aria-rowindex": position + 2 }, ...cells);
}

const itemElement = (item, position) => (item < 0 ? parentRow(~item, position) : changeRow(rows[item], position));
