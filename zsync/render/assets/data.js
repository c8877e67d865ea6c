"use strict";
// The rows, as the page carries them: [action, parent, list, label, id, fields, file, line, column, origin, status?, answer?].
const data = JSON.parse(document.getElementById("data").textContent);
const rows = data.rows;
const isReport = data.statuses.length > 0;
const arrow = "→";

const at = { action: 0, parent: 1, list: 2, label: 3, id: 4, fields: 5, file: 6, line: 7, column: 8, origin: 9, status: 10, answer: 11 };

const listNames = data.lists.map((names) => names.join(" › "));
const listOf = (row) => data.lists[row[at.list]][1];
const lineOf = (row) => `:${row[at.line]}:${row[at.column]}`;
const placeOf = (row) => (row[at.file] < 0 ? "" : data.files[row[at.file]] + lineOf(row));
const answerOf = (row) => data.answers[row[at.answer]];
const originOf = (row) => (row[at.origin] ? data.origins[row[at.origin]] : "");

function fieldsOf(row) {
  return row[at.fields].map(([name, old, now, move]) => ({ name: data.names[name], old, now, move }));
}

function fieldText({ name, old, now, move }) {
  return `${name}: ${[old, now].filter((side) => side !== null).join(` ${arrow} `)}${move ? ` ${move}` : ""}`;
}

// What a search looks through, made once: 50,000 rows take a tenth of a second.
let texts = null;
function searchTexts() {
  if (texts === null) {
    const parents = data.parents.map((parent) => parent.join(" "));
    texts = rows.map((row) => {
      const kind = isReport ? `${data.statuses[row[at.status]]} ${answerOf(row)}` : "";
      const fields = fieldsOf(row).map(fieldText).join(" ");
      const words = [row[at.label], row[at.id], fields, placeOf(row), originOf(row), data.words[row[at.action]], kind];
      return `${words.join("\n")}\n${listNames[row[at.list]]}\n${parents[row[at.parent]]}`.toLowerCase();
    });
  }
  return texts;
}
