// Which rows are shown, and in which order. An item of what is shown is a row's number, or ~parent for a parent's heading.

const shown = { search: "", actions: new Set(), statuses: new Set(), list: -1, origin: -1, column: "", down: false, grouped: true };
const folded = new Set();
let order = rows.map((_, index) => index);
let matches = new Int32Array(data.parents.length);

const natural = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(20, "0"));
const sortKeys = {
  status: (row) => row[at.status],
  action: (row) => row[at.action],
  record: (row) => natural(row[at.label] || row[at.id]),
  list: (row) => natural(listNames[row[at.list]]),
  fields: (row) => natural(fieldsOf(row).map(fieldText).join(" ")),
  answer: (row) => natural(answerOf(row)),
  place: (row) => natural(placeOf(row)),
};

// Sorting happens when a column or the grouping is chosen; a filter then keeps the order.
function sortRows() {
  const keys = shown.column ? rows.map(sortKeys[shown.column]) : null;
  const sign = shown.down ? -1 : 1;
  order = rows.map((_, index) => index);
  if (keys === null) return;
  const byKey = (a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b);
  order.sort(shown.grouped ? (a, b) => rows[a][at.parent] - rows[b][at.parent] || byKey(a, b) : byKey);
}

function isShown(row, index, words) {
  if (shown.actions.size && !shown.actions.has(row[at.action])) return false;
  if (shown.statuses.size && !shown.statuses.has(row[at.status])) return false;
  if (shown.list >= 0 && row[at.list] !== shown.list) return false;
  if (shown.origin >= 0 && row[at.origin] !== shown.origin) return false;
  return words.every((word) => texts[index].includes(word));
}

function selectItems() {
  const words = shown.search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length) searchTexts();
  const items = [];
  let count = 0;
  let parent = -1;
  matches = new Int32Array(data.parents.length);
  for (const index of order) {
    const row = rows[index];
    if (!isShown(row, index, words)) continue;
    count += 1;
    matches[row[at.parent]] += 1;
    if (shown.grouped && row[at.parent] !== parent) {
      parent = row[at.parent];
      items.push(~parent);
    }
    if (!shown.grouped || !folded.has(parent)) items.push(index);
  }
  return { items, count };
}
